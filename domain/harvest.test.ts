import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ledgerOf } from "#testing/ledger-table.ts";
import {
  formatQuantity,
  type Money,
  money,
  price,
  type Price,
  quantity,
  type Quantity,
  roundMoney,
  ZERO_MONEY,
} from "./amounts.ts";
import { dayNumber } from "./day-number.ts";
import { type Harvest, harvestOf, type HarvestTotal, type LosingLot, type PricedHolding } from "./harvest.ts";
import { holdingTerm } from "./holding-period.ts";
import { EMPTY_HOLDING } from "./holding.ts";
import { matchTransactions } from "./match-lots.ts";
import { remainingCost, type TaxLot } from "./tax-lot.ts";

/*
 * A lot is written "b1 10 for 300 since 2023-05-20", a short one with "short" behind; a listed loss
 * "A/X b1: 10, 300 - 150 = 150 long", and "short until 2024-06-11" while it is not long yet.
 */
const TODAY = "2024-06-03";

describe("which lots are listed", () => {
  it("those that lost, the largest loss first, with their term and until when it is short", () => {
    const lots = [
      "b1 10 for 100 since 2022-03-01",
      "b3 10 for 200 since 2023-06-10",
      "b2 10 for 300 since 2023-05-20",
    ];
    const harvest = harvestOf({ holdings: [held("A/X @ 15", lots)], today: TODAY });
    expect(lotTexts(harvest)).toEqual([
      "A/X b2: 10, 300 - 150 = 150 long",
      "A/X b3: 10, 200 - 150 = 50 short until 2024-06-11",
    ]);
    expect(totalTexts(harvest)).toEqual([
      "USD short: 1, 200 - 150 = 50",
      "USD long: 1, 300 - 150 = 150",
      "USD unknown: 0, 0 - 0 = 0",
      "USD all: 2, 500 - 300 = 200",
    ]);
  });

  it("short lots lose when the price is above what they were sold for", () => {
    const lots = ["s1 10 for 100 since 2023-01-01 short", "s2 10 for 200 since 2024-06-01 short"];
    expect(lotTexts(harvestOf({ holdings: [held("A/X @ 15", lots)], today: TODAY }))).toEqual([
      "A/X s1: 10, 150 - 100 = 50 long",
    ]);
    expect(lotTexts(harvestOf({ holdings: [held("A/X @ 20.5", lots)], today: TODAY }))).toEqual([
      "A/X s1: 10, 205 - 100 = 105 long",
      "A/X s2: 10, 205 - 200 = 5 short until 2025-06-02",
    ]);
  });

  it("a lot at exactly its cost has not lost, and one 10^-36 below it has", () => {
    const at = (cost: string) =>
      lotTexts(
        harvestOf({ holdings: [held("A/X @ 10", [`b1 1 for ${cost} since 2024-01-01`])], today: TODAY }),
      );
    expect(at("10")).toEqual([]);
    expect(at(`10.${"0".repeat(35)}1`)).toHaveLength(1);
  });

  it("what was sold of a lot is not counted: 7 of 10 are left, for 210 of 300", () => {
    const [lot] = held("A/X @ 15", ["b1 10 for 300 since 2024-01-01"]).lots as [TaxLot];
    const partly = { ...lot, remainingQuantity: quantity("7") };
    const usedUp = { ...lot, id: "b2", remainingQuantity: quantity("0") };
    const holding = { ...held("A/X @ 15", []), lots: [usedUp, partly] };
    expect(lotTexts(harvestOf({ holdings: [holding], today: TODAY }))).toEqual([
      "A/X b1: 7, 210 - 105 = 105 short until 2025-01-02",
    ]);
  });

  it("parts of a share after a split are valued as such", () => {
    // 10 for 90 become 10/3, at 15 a share worth 50.
    const [row] = ledgerOf(["b1 A buy 10 X @ 9", "sp split X 1:3"]).ledger.holdings;
    const holding = { ...held("A/X @ 15", []), lots: row?.holding.lots ?? [] };
    const [listed] = harvestOf({ holdings: [holding], today: TODAY }).currencies[0]?.lots ?? [];
    expect([listed?.quantity, listed?.unit, listed?.value, listed?.loss]).toEqual([
      quantity("10"),
      3n,
      money("50"),
      money("40"),
    ]);
  });

  it("equal losses are listed by instrument, account and age", () => {
    const lots = ["b2 1 for 20 since 2024-02-01", "b1 1 for 20 since 2024-01-01"];
    const holdings = [held("B/X @ 10", lots), held("A/Y @ 10", lots.slice(0, 1)), held("A/X @ 10", lots)];
    const listed = lotTexts(harvestOf({ holdings, today: TODAY })).map((text) => text.split(":")[0]);
    expect(listed).toEqual(["A/X b1", "A/X b2", "B/X b1", "B/X b2", "A/Y b2"]);
  });
});

describe("what is not known", () => {
  const LOT = ["b1 10 for 300 since 2024-01-01"];

  it("losses in different currencies are kept apart", () => {
    const holdings = [held("A/X @ 15", LOT), held("A/Y @ 1 in EUR", LOT), held("A/Z @ 31 in CHF", LOT)];
    const harvest = harvestOf({ holdings, today: TODAY });
    expect(harvest.currencies.map(({ currency }) => currency)).toEqual(["EUR", "USD"]);
    expect(totalTexts(harvest).filter((text) => text.includes("all"))).toEqual([
      "EUR all: 1, 300 - 10 = 290",
      "USD all: 1, 300 - 150 = 150",
    ]);
  });

  it("a holding without a price is named, unless it holds nothing", () => {
    const { price: _x, ...x } = held("B/X @ 1", LOT);
    const { price: _y, ...y } = held("A/Y @ 1", LOT);
    const { price: _z, ...soldOut } = held("A/Z @ 1", LOT);
    const empty = {
      ...soldOut,
      lots: soldOut.lots.map((lot) => ({ ...lot, remainingQuantity: quantity("0") })),
    };
    const harvest = harvestOf({ holdings: [x, y, empty], today: TODAY });
    expect(harvest).toEqual({
      currencies: [],
      unpriced: [
        { account: "A", instrument: "Y" },
        { account: "B", instrument: "X" },
      ],
    });
  });

  it("the term of a pool, and that of a lot without a local trade date", () => {
    const pool = { ...held("A/X @ 15", LOT), method: "average" as const };
    const dated = held("A/Y @ 15", LOT);
    const undated = { ...dated, lots: dated.lots.map((lot) => ({ ...lot, openedDate: undefined })) };
    const harvest = harvestOf({ holdings: [pool, undated], today: TODAY });
    expect(lotTexts(harvest)).toEqual([
      "A/X b1: 10, 300 - 150 = 150 unknown",
      "A/Y b1: 10, 300 - 150 = 150 unknown",
    ]);
    expect(totalTexts(harvest)).toContain("USD unknown: 2, 600 - 300 = 300");
  });

  it("throws for a day that the calendar has not", () => {
    expect(() => harvestOf({ holdings: [], today: "2024-02-30" })).toThrow("not a calendar date");
  });
});

describe("what is asked for", () => {
  const holdings = [
    held("A/X @ 15", ["b1 10 for 300 since 2022-03-01", "b2 10 for 200 since 2024-01-01"]),
    { ...held("A/Y @ 15", ["p1 10 for 170 since 2022-03-01"]), method: "average" as const },
  ];
  const wanted = (filter: { term?: "short" | "long"; minLoss?: Money }) => {
    const harvest = harvestOf({ holdings, today: TODAY, ...filter });
    const [total] = harvest.currencies;
    return [total?.lots.map(({ lot }) => lot.id).join(" "), total && shown(total.totals.all.loss)];
  };

  it("one term leaves out the other, and pools, whose term is not known", () => {
    expect(wanted({})).toEqual(["b1 b2 p1", "220"]);
    expect(wanted({ term: "long" })).toEqual(["b1", "150"]);
    expect(wanted({ term: "short" })).toEqual(["b2", "50"]);
  });

  it("a least loss is in, anything smaller is out, and the totals are of what is in", () => {
    expect(wanted({ minLoss: money("50") })).toEqual(["b1 b2", "200"]);
    expect(wanted({ minLoss: money("50.000001") })).toEqual(["b1", "150"]);
    expect(wanted({ minLoss: money("151") })).toEqual([undefined, undefined]);
  });
});

describe("the first day on which a lot is long term", () => {
  it.each([
    ["2023-02-05", "2024-02-04", 2],
    ["2023-02-05", "2024-02-05", 1],
    ["2023-02-05", "2024-02-06", 0],
    ["2023-02-05", "2026-01-01", 0],
    ["2024-02-29", "2025-02-28", 1],
    ["2023-02-28", "2024-02-29", 1],
    ["2024-02-28", "2025-02-28", 1],
    ["2023-06-03", "2023-06-03", 367],
    ["2022-06-03", "2022-06-03", 366],
    ["2024-06-10", "2024-06-03", 373],
  ])("opened %s, on %s: in %i days", (opened, today, days) => {
    const [listed] = losing([held("A/X @ 1", [`b1 1 for 2 since ${opened}`])], today);
    expect(Math.max(0, daysUntilLong(listed, today))).toBe(days);
    expect(listed?.term).toBe(days === 0 ? "long" : "short");
  });

  it("is what the rule of the holding period says, for any two days", () => {
    const days = fc.integer({ min: dayNumber("1990-01-01"), max: dayNumber("2110-12-31") });
    fc.assert(
      fc.property(days, fc.integer({ min: -400, max: 800 }), (opened, later) => {
        const today = opened + later;
        const [listed] = losing([held("A/X @ 1", [`b1 1 for 2 since ${civil(opened)}`])], civil(today));
        const wait = daysUntilLong(listed, civil(today));
        expect(listed?.term).toBe(holdingTerm(civil(opened), civil(today)));
        expect(holdingTerm(civil(opened), civil(today + wait))).toBe("long");
        expect(holdingTerm(civil(opened), civil(today + wait - 1))).toBe("short");
      }),
      { numRuns: 500 },
    );
  });
});

/* What holds for any lots: one to eight in each of three holdings, some partly sold, some short. */
describe("properties", () => {
  const lotShape = fc.record({
    originalQuantity: fc.bigInt({ min: 1n, max: 10n ** 20n }),
    left: fc.bigInt({ min: 1n, max: 100n }),
    originalCost: fc.bigInt({ min: 0n, max: 10n ** 40n }),
    days: fc.nat(900),
  });
  const holding = fc.record({
    lots: fc.array(lotShape, { maxLength: 8 }),
    side: fc.constantFrom("long" as const, "long" as const, "short" as const),
    price: fc.bigInt({ min: 0n, max: 10n ** 20n }),
    currency: fc.constantFrom("USD", "USD", "EUR"),
  });

  function forAnyHoldings(holds: (holdings: PricedHolding[]) => void): void {
    const holdings = fc.array(holding, { maxLength: 4 }).map((rows) =>
      rows.map(({ lots, side, price: each, currency }, index): PricedHolding => ({
        account: "A",
        instrument: `X${index}`,
        currency,
        method: "fifo",
        price: each as Price,
        lots: lots.map(({ originalQuantity, left, originalCost, days }, sequence) => ({
          id: `l${sequence}`,
          side,
          openedAt: days * 86_400_000,
          openedSequence: sequence,
          openedDate: civil(dayNumber("2022-01-01") + days),
          originalQuantity: originalQuantity as Quantity,
          originalCost: originalCost as Money,
          remainingQuantity: ((originalQuantity * left + 99n) / 100n) as Quantity,
        })),
      })),
    );
    fc.assert(fc.property(holdings, holds), { numRuns: 300 });
  }

  it("a lot is listed when closing it at the price would lose, and by as much as the ledger says", () => {
    forAnyHoldings((holdings) => {
      const listed = new Map(
        losing(holdings, TODAY).map(({ instrument, lot, loss }) => [`${instrument} ${lot.id}`, loss]),
      );
      for (const each of holdings) {
        for (const lot of each.lots) {
          const loss = listed.get(`${each.instrument} ${lot.id}`) ?? ZERO_MONEY;
          const gain = gainOfClosing(each, lot);
          expect(loss).toBe(gain < 0n ? -gain : 0n);
        }
      }
    });
  });

  it("the list goes from the largest loss to the smallest, currency by currency", () => {
    forAnyHoldings((holdings) => {
      for (const { currency, lots } of harvestOf({ holdings, today: TODAY }).currencies) {
        const losses = lots.map(({ loss }) => loss);
        expect(losses).toEqual(losses.toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0)));
        const own = holdings.filter((each) => each.currency === currency).map((each) => each.instrument);
        expect(lots.every(({ instrument }) => own.includes(instrument))).toBe(true);
      }
    });
  });

  it("the totals are the sums of the lists, and the terms add up to all", () => {
    forAnyHoldings((holdings) => {
      for (const { lots, totals } of harvestOf({ holdings, today: TODAY }).currencies) {
        for (const figure of ["cost", "value", "loss"] as const) {
          expect(totals.all[figure]).toBe(lots.reduce((sum, lot) => sum + lot[figure], 0n));
          const { short, long, unknown } = totals;
          expect(short[figure] + long[figure] + unknown[figure]).toBe(totals.all[figure]);
        }
        expect(totals.short.lotCount).toBe(lots.filter(({ term }) => term === "short").length);
        expect(totals.all.lotCount).toBe(lots.length);
      }
    });
  });

  it("the order that holdings come in makes no difference", () => {
    forAnyHoldings((holdings) => {
      const turned = holdings.toReversed().map((each) => ({ ...each, lots: each.lots.toReversed() }));
      expect(harvestOf({ holdings: turned, today: TODAY })).toEqual(harvestOf({ holdings, today: TODAY }));
    });
  });
});

/** The gain that the ledger comes to when all that is left of the lot is closed at the price. */
function gainOfClosing({ currency, price: each }: PricedHolding, lot: TaxLot): bigint {
  const sign = lot.side === "long" ? 1n : -1n;
  const holding = {
    ...EMPTY_HOLDING,
    currency,
    quantity: (sign * lot.remainingQuantity) as Quantity,
    costBasis: (sign * remainingCost(lot)) as Money,
    lots: [lot],
  };
  const closing = {
    id: "close",
    type: lot.side === "long" ? ("sell" as const) : ("buy" as const),
    orderSequence: 1_000,
    tradedAt: Date.parse(TODAY),
    quantity: lot.remainingQuantity,
    price: each ?? price("0"),
    fees: ZERO_MONEY,
    currency,
  };
  const { disposals } = matchTransactions(holding, [closing], { method: "fifo", allowShort: true });
  return disposals[0]?.realizedGain ?? 0n;
}

function losing(holdings: readonly PricedHolding[], today: string): LosingLot[] {
  return harvestOf({ holdings, today }).currencies.flatMap(({ lots }) => [...lots]);
}

/** "A/X @ 15 in USD" and the lots of it. */
function held(place: string, lots: readonly string[]): PricedHolding {
  const [, account = "", instrument = "", each = "", currency = "USD"] =
    /^(\w+)\/(\w+) @ (\S+)(?: in (\w+))?$/.exec(place) ?? [];
  return { account, instrument, currency, method: "fifo", price: price(each), lots: lots.map(lotOf) };
}

function lotOf(line: string): TaxLot {
  const [id = "", count = "", , cost = "", , openedDate = "", side] = line.split(" ");
  return {
    id,
    side: side === "short" ? "short" : "long",
    openedAt: Date.parse(openedDate),
    openedSequence: 1,
    openedDate,
    originalQuantity: quantity(count),
    originalCost: money(cost),
    remainingQuantity: quantity(count),
  };
}

function daysUntilLong(listed: LosingLot | undefined, today: string): number {
  return dayNumber(listed?.longTermFrom ?? "no lot") - dayNumber(today);
}

function lotTexts({ currencies }: Harvest): string[] {
  return currencies.flatMap(({ lots }) =>
    lots.map(({ account, instrument, lot, quantity: left, cost, value, loss, term, longTermFrom }) => {
      const [more, less] = lot.side === "long" ? [cost, value] : [value, cost];
      const wait = term === "short" ? ` until ${longTermFrom}` : "";
      const figures = `${shown(more)} - ${shown(less)} = ${shown(loss)}`;
      return `${account}/${instrument} ${lot.id}: ${formatQuantity(left)}, ${figures} ${term}${wait}`;
    }),
  );
}

function totalTexts({ currencies }: Harvest): string[] {
  const text = ({ lotCount, cost, value, loss }: HarvestTotal) =>
    `${lotCount}, ${shown(cost)} - ${shown(value)} = ${shown(loss)}`;
  return currencies.flatMap(({ currency, totals }) =>
    (["short", "long", "unknown", "all"] as const).map(
      (term) => `${currency} ${term}: ${text(totals[term])}`,
    ),
  );
}

function civil(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function shown(value: Money): string {
  return roundMoney(value, 8);
}
