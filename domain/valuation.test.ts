import { describe, expect, it } from "vitest";
import { formatMoney, money, price, quantity } from "./amounts.ts";
import {
  type HoldingFigures,
  type Quote,
  totalOf,
  type Valuation,
  valuePosition,
  weightOf,
} from "./valuation.ts";

describe("valuePosition", () => {
  it("values a long position, its gain and its day", () => {
    const value = valuePosition({ holding: held("70", "11000"), quote: quote("180", "178") });
    expect(shown(value)).toEqual({
      market: "12600",
      unrealized: "1600",
      percent: "14.5454545455",
      day: "140",
    });
  });

  it("a short position gains when the price falls", () => {
    const value = valuePosition({ holding: held("-5", "-124"), quote: quote("20", "21") });
    expect(shown(value)).toEqual({ market: "-100", unrealized: "24", percent: "19.3548387097", day: "5" });
  });

  it("has no figures without a quote", () => {
    expect(shown(valuePosition({ holding: held("1", "10") }))).toEqual({});
  });

  it("has no day change without a previous close", () => {
    const value = valuePosition({ holding: held("1", "10"), quote: quote("12") });
    expect(shown(value)).toEqual({ market: "12", unrealized: "2", percent: "20" });
  });

  it("has no percentage when the cost is zero", () => {
    const value = valuePosition({ holding: held("1", "0"), quote: quote("12", "12") });
    expect(shown(value)).toEqual({ market: "12", unrealized: "12", day: "0" });
  });

  it("a closed position is worth nothing, and needs no quote to say so", () => {
    expect(shown(valuePosition({ holding: held("0", "0") }))).toEqual({
      market: "0",
      unrealized: "0",
      day: "0",
    });
  });
});

describe("totalOf", () => {
  const long = valuePosition({ holding: held("70", "11000", "1600"), quote: quote("180", "178") });
  const short = valuePosition({ holding: held("-5", "-124", "-6"), quote: quote("20", "21") });

  it("adds positions up", () => {
    const totals = totalOf([long, short], "USD");
    expect(formatMoney(totals.marketValue)).toBe("12500");
    expect(formatMoney(totals.costBasis)).toBe("10876");
    expect(formatMoney(totals.unrealizedGain)).toBe("1624");
    expect(totals.unrealizedGainPercent).toBe("14.5990650845");
    expect(formatMoney(totals.realizedGain)).toBe("1594");
    expect(formatMoney(totals.dayChange)).toBe("145");
    expect([totals.missingRates, totals.unpriced]).toEqual([[], 0]);
  });

  it("weighs by absolute market value", () => {
    const totals = totalOf([long, short], "USD");
    expect(weightOf(long, totals)).toBe("0.9921259843");
    expect(weightOf(short, totals)).toBe("0.0078740157");
  });

  it("never adds another currency 1:1, and says which rate is missing", () => {
    const foreign = ["EUR", "CHF", "EUR"].map((currency) =>
      valuePosition({ holding: { ...held("1", "10"), currency }, quote: quote("12") }),
    );
    const totals = totalOf([long, ...foreign], "USD");
    expect({ ...totals, missingRates: [] }).toEqual(totalOf([long], "USD"));
    expect(totals.missingRates).toEqual(["CHF", "EUR"]);
    expect(foreign.map((each) => weightOf(each, totals))).toEqual([undefined, undefined, undefined]);
  });

  it("leaves a position without a quote out of market value and unrealized gain, and counts it", () => {
    const unpriced = valuePosition({ holding: held("3", "90", "7") });
    const totals = totalOf([long, unpriced], "USD");
    expect(formatMoney(totals.marketValue)).toBe("12600");
    expect(formatMoney(totals.unrealizedGain)).toBe("1600");
    expect(totals.unrealizedGainPercent).toBe("14.5454545455");
    expect(formatMoney(totals.costBasis)).toBe("11090");
    expect(formatMoney(totals.realizedGain)).toBe("1607");
    expect(totals.unpriced).toBe(1);
    expect(weightOf(unpriced, totals)).toBeUndefined();
  });

  it("an empty portfolio is worth nothing and has no percentage", () => {
    const totals = totalOf([], "USD");
    expect(formatMoney(totals.marketValue)).toBe("0");
    expect(totals.unrealizedGainPercent).toBeUndefined();
  });
});

function held(units: string, costBasis: string, realizedGain = "0"): HoldingFigures {
  return {
    currency: "USD",
    quantity: quantity(units),
    costBasis: money(costBasis),
    realizedGain: money(realizedGain),
  };
}

function quote(last: string, previousClose?: string): Quote {
  return {
    price: price(last),
    previousClose: previousClose === undefined ? undefined : price(previousClose),
  };
}

/** The figures that are there, in short. */
function shown(value: Valuation): Record<string, string> {
  const { marketValue, unrealizedGain, unrealizedGainPercent, dayChange } = value;
  return {
    ...(marketValue !== undefined && { market: formatMoney(marketValue) }),
    ...(unrealizedGain !== undefined && { unrealized: formatMoney(unrealizedGain) }),
    ...(unrealizedGainPercent !== undefined && { percent: unrealizedGainPercent }),
    ...(dayChange !== undefined && { day: formatMoney(dayChange) }),
  };
}
