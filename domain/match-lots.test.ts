import { describe, expect, it } from "vitest";
import { formatMoney, formatQuantity, money, price, quantity, roundMoney } from "./amounts.ts";
import {
  EMPTY_HOLDING,
  type Holding,
  type LedgerRules,
  matchTransactions,
  type MatchResult,
} from "./match-lots.ts";
import { remainingCost, type TaxLot, unitCost } from "./tax-lot.ts";
import type { LedgerTransaction } from "./transaction.ts";

/*
 * Each case reads as a ledger:
 *   before   trades that are already matched        "b1 buy 100 @ 150 fee 5"
 *   apply    the trades under test
 *   slices   what the trades under test consumed    "s1 from b1: 80 long, 13600 - 12000 = 1600"
 *   rejected trades under test that were refused    "s1 insufficient-quantity"
 *   after    the open lots, then the holding        "b1 20 long for 3000", "70 for 11000, realized 1600, fees 0"
 * Trades happen a day apart in the order they are listed. Money is shown to 8 decimals.
 */
interface LedgerCase {
  readonly short?: "allowed";
  readonly before?: readonly string[];
  readonly apply: readonly string[];
  readonly slices?: readonly string[];
  readonly rejected?: readonly string[];
  readonly after: readonly string[];
}

describe("opening", () => {
  ledger("a buy opens a lot", {
    apply: ["b1 buy 100 @ 150"],
    after: ["b1 100 long for 15000", "100 for 15000, realized 0, fees 0"],
  });

  ledger("the fee of a buy joins its cost", {
    apply: ["b1 buy 100 @ 150 fee 5.50"],
    after: ["b1 100 long for 15005.5", "100 for 15005.5, realized 0, fees 5.5"],
  });

  ledger("a price of zero is valid", {
    apply: ["b1 buy 10 @ 0 fee 3"],
    after: ["b1 10 long for 3", "10 for 3, realized 0, fees 3"],
  });
});

describe("closing long lots", () => {
  ledger("sells the oldest lot first", {
    before: ["b1 buy 100 @ 150", "b2 buy 50 @ 160"],
    apply: ["s1 sell 80 @ 170"],
    slices: ["s1 from b1: 80 long, 13600 - 12000 = 1600"],
    after: ["b1 20 long for 3000", "b2 50 long for 8000", "70 for 11000, realized 1600, fees 0"],
  });

  ledger("a sale goes on to the next lot when one is used up", {
    before: ["b1 buy 100 @ 150", "b2 buy 50 @ 160"],
    apply: ["s1 sell 120 @ 170"],
    slices: ["s1 from b1: 100 long, 17000 - 15000 = 2000", "s1 from b2: 20 long, 3400 - 3200 = 200"],
    after: ["b2 30 long for 4800", "30 for 4800, realized 2200, fees 0"],
  });

  ledger("the fee of a sell reduces its proceeds", {
    before: ["b1 buy 100 @ 150 fee 5.50"],
    apply: ["s1 sell 100 @ 165 fee 5.50"],
    slices: ["s1 from b1: 100 long, 16494.5 - 15005.5 = 1489"],
    after: ["0 for 0, realized 1489, fees 11"],
  });

  ledger("a fee is divided over the lots by quantity", {
    before: ["b1 buy 1 @ 10 fee 0.1", "b2 buy 2 @ 10 fee 0.1", "b3 buy 4 @ 10 fee 0.1"],
    apply: ["s1 sell 7 @ 11 fee 1"],
    slices: [
      "s1 from b1: 1 long, 10.85714286 - 10.1 = 0.75714286",
      "s1 from b2: 2 long, 21.71428571 - 20.1 = 1.61428571",
      "s1 from b3: 4 long, 43.42857143 - 40.1 = 3.32857143",
    ],
    after: ["0 for 0, realized 5.7, fees 1.3"],
  });

  ledger("proceeds may be negative when the fee exceeds them", {
    before: ["b1 buy 1 @ 10"],
    apply: ["s1 sell 1 @ 2 fee 5"],
    slices: ["s1 from b1: 1 long, -3 - 10 = -13"],
    after: ["0 for 0, realized -13, fees 5"],
  });

  ledger("a lot that no decimal can divide is used up without a rest", {
    before: ["b1 buy 3 @ 0 fee 10"],
    apply: ["s1 sell 1 @ 4", "s2 sell 1 @ 4", "s3 sell 1 @ 4"],
    slices: [
      "s1 from b1: 1 long, 4 - 3.33333333 = 0.66666667",
      "s2 from b1: 1 long, 4 - 3.33333333 = 0.66666667",
      "s3 from b1: 1 long, 4 - 3.33333333 = 0.66666667",
    ],
    after: ["0 for 0, realized 2, fees 10"],
  });

  ledger("after a full liquidation the next buy starts afresh", {
    before: ["b1 buy 100 @ 50", "s1 sell 100 @ 30"],
    apply: ["b2 buy 100 @ 30", "s2 sell 100 @ 80"],
    slices: ["s2 from b2: 100 long, 8000 - 3000 = 5000"],
    after: ["0 for 0, realized 3000, fees 0"],
  });

  ledger("a lot opened in the batch can be closed in the batch", {
    apply: ["b1 buy 2 @ 10", "s1 sell 1 @ 15", "b2 buy 1 @ 30", "s2 sell 2 @ 40"],
    slices: [
      "s1 from b1: 1 long, 15 - 10 = 5",
      "s2 from b1: 1 long, 40 - 10 = 30",
      "s2 from b2: 1 long, 40 - 30 = 10",
    ],
    after: ["0 for 0, realized 45, fees 0"],
  });
});

describe("precision", () => {
  ledger("fractions of a share add up to nothing left", {
    before: ["b1 buy 0.1234567891 @ 90", "b2 buy 0.8765432109 @ 80"],
    apply: ["s1 sell 0.3333333333 @ 100", "s2 sell 0.3333333333 @ 100", "s3 sell 0.3333333334 @ 100"],
    slices: [
      "s1 from b1: 0.1234567891 long, 12.34567891 - 11.11111102 = 1.23456789",
      "s1 from b2: 0.2098765442 long, 20.98765442 - 16.79012354 = 4.19753088",
      "s2 from b2: 0.3333333333 long, 33.33333333 - 26.66666666 = 6.66666667",
      "s3 from b2: 0.3333333334 long, 33.33333334 - 26.66666667 = 6.66666667",
    ],
    after: ["0 for 0, realized 18.76543211, fees 0"],
  });

  ledger("0.9999999999999999 is not 1: there is no epsilon", {
    before: ["b1 buy 0.3333333333333333 @ 408", "b2 buy 0.6666666666666666 @ 400"],
    apply: ["s1 sell 1 @ 411"],
    rejected: ["s1 insufficient-quantity"],
    after: [
      "b1 0.3333333333333333 long for 136",
      "b2 0.6666666666666666 long for 266.66666667",
      "0.9999999999999999 for 402.66666667, realized 0, fees 0",
    ],
  });

  ledger("quantities beyond 2^53 keep their last share", {
    before: ["b1 buy 9007199254740993 @ 0.01", "b2 buy 1 @ 1"],
    apply: ["s1 sell 9007199254740993 @ 0.02"],
    slices: ["s1 from b1: 9007199254740993 long, 180143985094819.86 - 90071992547409.93 = 90071992547409.93"],
    after: ["b2 1 long for 1", "1 for 1, realized 90071992547409.93, fees 0"],
  });
});

describe("short selling", () => {
  ledger("a sell without a holding opens a short lot, a buy covers it", {
    short: "allowed",
    before: ["s1 sell 10 @ 10"],
    apply: ["b1 buy 10 @ 8"],
    slices: ["b1 from s1: 10 short, 100 - 80 = 20"],
    after: ["0 for 0, realized 20, fees 0"],
  });

  ledger("a short lot holds net proceeds; the fee of the cover joins its cost", {
    short: "allowed",
    before: ["s1 sell 10 @ 20 fee 2", "s2 sell 10 @ 25 fee 2"],
    apply: ["c1 buy 15 @ 15 fee 3"],
    slices: ["c1 from s1: 10 short, 198 - 152 = 46", "c1 from s2: 5 short, 124 - 76 = 48"],
    after: ["s2 5 short for 124", "-5 for -124, realized 94, fees 7"],
  });

  ledger("a sell across zero closes the long lots, then opens a short one", {
    short: "allowed",
    before: ["b1 buy 10 @ 10"],
    apply: ["s1 sell 25 @ 12 fee 5"],
    slices: ["s1 from b1: 10 long, 118 - 100 = 18"],
    after: ["s1 15 short for 177", "-15 for -177, realized 18, fees 5"],
  });

  ledger("a buy across zero covers the short lots, then opens a long one", {
    short: "allowed",
    before: ["s1 sell 1 @ 110"],
    apply: ["b1 buy 2 @ 112 fee 3"],
    slices: ["b1 from s1: 1 short, 110 - 113.5 = -3.5"],
    after: ["b1 1 long for 113.5", "1 for 113.5, realized -3.5, fees 3"],
  });
});

describe("a fee that cannot be halved", () => {
  it("still counts exactly once when a trade crosses zero", () => {
    const fee = `0.${"0".repeat(35)}3`;
    const { holding } = match(EMPTY_HOLDING, ["b1 buy 1 @ 0", `s1 sell 2 @ 0 fee ${fee}`], {
      allowShort: true,
    });
    expect(formatMoney(holding.realizedGain)).toBe(`-0.${"0".repeat(35)}2`);
    expect(formatMoney(holding.costBasis)).toBe(`0.${"0".repeat(35)}1`);
  });
});

describe("rejections", () => {
  ledger("a sale larger than the holding is rejected whole", {
    before: ["b1 buy 10 @ 10"],
    apply: ["s1 sell 25 @ 12 fee 5"],
    rejected: ["s1 insufficient-quantity"],
    after: ["b1 10 long for 100", "10 for 100, realized 0, fees 0"],
  });

  ledger("a later buy does not revive a rejected sale", {
    apply: ["s1 sell 10 @ 12", "b1 buy 10 @ 10"],
    rejected: ["s1 insufficient-quantity"],
    after: ["b1 10 long for 100", "10 for 100, realized 0, fees 0"],
  });

  ledger("what follows a rejected sale is matched as if it had not been there", {
    before: ["b1 buy 10 @ 10"],
    apply: ["s1 sell 11 @ 12", "s2 sell 10 @ 12"],
    rejected: ["s1 insufficient-quantity"],
    slices: ["s2 from b1: 10 long, 120 - 100 = 20"],
    after: ["0 for 0, realized 20, fees 0"],
  });

  ledger("an instrument has the currency of its first accepted trade", {
    apply: ["s0 sell 1 @ 10 in EUR", "b1 buy 1 @ 10 in USD", "b2 buy 1 @ 10 in EUR"],
    rejected: ["s0 insufficient-quantity", "b2 currency-mismatch"],
    after: ["b1 1 long for 10", "1 for 10, realized 0, fees 0"],
  });

  ledger("the currency stays when everything is sold", {
    before: ["b1 buy 1 @ 10", "s1 sell 1 @ 10"],
    apply: ["b2 buy 1 @ 10 in EUR"],
    rejected: ["b2 currency-mismatch"],
    after: ["0 for 0, realized 0, fees 0"],
  });

  ledger("quantity must be above zero, price and fees must not be below it", {
    apply: ["b1 buy 0 @ 10", "b2 buy -1 @ 10", "b3 buy 1 @ -10", "b4 buy 1 @ 10 fee -1"],
    rejected: ["b1 invalid-quantity", "b2 invalid-quantity", "b3 invalid-price", "b4 invalid-fees"],
    after: ["0 for 0, realized 0, fees 0"],
  });
});

describe("what a batch reports to be saved", () => {
  const before = match(EMPTY_HOLDING, ["b1 buy 10 @ 1", "b2 buy 10 @ 2", "b3 buy 10 @ 3"], {}).holding;

  it("names the lots it touched, also those it used up, and no others", () => {
    const result = match(before, ["s1 sell 12 @ 5"], {});
    expect(result.touchedLots.map(lotText)).toEqual(["b1 0 long for 0", "b2 8 long for 16"]);
    expect(result.openedLots).toEqual([]);
  });

  it("names the lots it opened, also those it used up again", () => {
    const result = match(EMPTY_HOLDING, ["b1 buy 10 @ 1", "b2 buy 10 @ 2", "s1 sell 12 @ 5"], {});
    expect(result.openedLots.map(lotText)).toEqual(["b1 0 long for 0", "b2 8 long for 16"]);
    expect(result.touchedLots).toEqual([]);
  });

  it("leaves the given holding as it was", () => {
    const copy = structuredClone(before);
    match(before, ["s1 sell 12 @ 5"], {});
    expect(before).toEqual(copy);
  });

  it("does nothing for an empty batch", () => {
    const result = matchTransactions(before, [], { method: "fifo", allowShort: false });
    expect(result).toEqual({
      holding: before,
      outcomes: [],
      disposals: [],
      openedLots: [],
      touchedLots: [],
    });
  });

  it("shows the average of what is left: 157.142857… after the first example", () => {
    const { holding } = match(EMPTY_HOLDING, ["b1 buy 100 @ 150", "b2 buy 50 @ 160", "s1 sell 80 @ 170"], {});
    const average = unitCost({
      originalCost: holding.costBasis,
      originalQuantity: holding.quantity,
    } as TaxLot);
    expect(formatMoney(average)).toBe("157.142857142857142857142857142857142857");
  });
});

describe("partly loaded holdings", () => {
  const whole = match(EMPTY_HOLDING, ["b1 buy 10 @ 1", "b2 buy 10 @ 2", "b3 buy 10 @ 3"], {}).holding;
  const firstLots = (count: number): Holding => ({ ...whole, lots: whole.lots.slice(0, count) });

  it("needs only the lots that the batch reaches", () => {
    const result = match(firstLots(2), ["s1 sell 15 @ 5"], {});
    const complete = match(whole, ["s1 sell 15 @ 5"], {});
    expect(result.touchedLots).toEqual(complete.touchedLots);
    expect(result.disposals).toEqual(complete.disposals);
    expect({ ...result.holding, lots: [] }).toEqual({ ...complete.holding, lots: [] });
  });

  it("needs no lots at all to buy", () => {
    const result = match(firstLots(0), ["b4 buy 1 @ 4"], {});
    expect(formatQuantity(result.holding.quantity)).toBe("31");
    expect(result.openedLots.map(lotText)).toEqual(["b4 1 long for 4"]);
  });

  it("throws when the lots run out before the quantity does", () => {
    expect(() => match(firstLots(1), ["s1 sell 15 @ 5"], {})).toThrow("ran out");
  });

  it("throws rather than selling a new lot before an older one that was not loaded", () => {
    expect(() => match(firstLots(1), ["b4 buy 10 @ 4", "s1 sell 15 @ 5"], {})).toThrow("not loaded");
    expect(() => match(firstLots(0), ["b4 buy 10 @ 4", "s1 sell 5 @ 5"], {})).toThrow("not loaded");
  });

  it("throws when the trades are not in ledger order", () => {
    const [first, second] = ["b1 buy 1 @ 1", "b2 buy 1 @ 1"].map(trade);
    const unordered = [second, first].filter((each) => each !== undefined);
    expect(() => matchTransactions(EMPTY_HOLDING, unordered, { method: "fifo", allowShort: false })).toThrow(
      "not in ledger order",
    );
  });
});

function ledger(rule: string, expected: LedgerCase): void {
  it(rule, () => {
    const rules = { allowShort: expected.short === "allowed" };
    const before = match(EMPTY_HOLDING, expected.before ?? [], rules);
    expect(before.outcomes.filter((each) => each.status === "rejected")).toEqual([]);
    const result = match(before.holding, expected.apply, rules);
    expect(sliceTexts(result)).toEqual(expected.slices ?? []);
    expect(rejectedTexts(result)).toEqual(expected.rejected ?? []);
    expect([...result.holding.lots.map(lotText), holdingText(result.holding)]).toEqual(expected.after);
  });
}

function match(holding: Holding, lines: readonly string[], rules: Partial<LedgerRules>): MatchResult {
  const offset = holding === EMPTY_HOLDING ? 0 : 1000;
  const trades = lines.map((line, index) => trade(line, offset + index));
  return matchTransactions(holding, trades, { method: "fifo", allowShort: false, ...rules });
}

function trade(line: string, index: number): LedgerTransaction {
  const parsed = /^(\w+) (buy|sell) (\S+) @ (\S+)(?: fee (\S+))?(?: in (\w+))?$/.exec(line);
  if (parsed === null) throw new Error(`unreadable trade: ${line}`);
  const [, id = "", type, quantityText = "", priceText = "", fees = "0", currency = "USD"] = parsed;
  return {
    id,
    type: type === "buy" ? "buy" : "sell",
    orderSequence: index + 1,
    tradedAt: Date.UTC(2024, 0, 1) + index * 86_400_000,
    quantity: quantity(quantityText),
    price: price(priceText),
    fees: money(fees),
    currency,
  };
}

function sliceTexts(result: MatchResult): string[] {
  return result.disposals.flatMap((disposal) =>
    disposal.slices.map((slice) => {
      const [proceeds, cost, gain] = [slice.proceeds, slice.costBasis, slice.realizedGain].map(shown);
      const taken = formatQuantity(slice.quantity);
      return `${disposal.id} from ${slice.lotId}: ${taken} ${disposal.side}, ${proceeds} - ${cost} = ${gain}`;
    }),
  );
}

function rejectedTexts(result: MatchResult): string[] {
  return result.outcomes.flatMap((each) =>
    each.status === "rejected" ? [`${each.transactionId} ${each.reason}`] : [],
  );
}

function lotText(lot: TaxLot): string {
  return `${lot.id} ${formatQuantity(lot.remainingQuantity)} ${lot.side} for ${shown(remainingCost(lot))}`;
}

function holdingText({ quantity: held, costBasis, realizedGain, fees }: Holding): string {
  return `${formatQuantity(held)} for ${shown(costBasis)}, realized ${shown(realizedGain)}, fees ${shown(fees)}`;
}

function shown(value: Parameters<typeof roundMoney>[0]): string {
  return roundMoney(value, 8);
}
