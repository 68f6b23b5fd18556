import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ledgerOf } from "#testing/ledger-table.ts";
import { type Money, money, price, type Price, quantity, type Quantity, roundMoney } from "./amounts.ts";
import { replayLedger } from "./ledger/apply-to-ledger.ts";
import type { Trade } from "./ledger/transaction-types.ts";
import type { LedgerRules } from "./holding.ts";
import { LOT_METHODS, type LotMethod } from "./lot-order.ts";
import {
  type AmountChange,
  compareMethods,
  type MatchedLedger,
  type MethodChange,
  type YearChange,
} from "./method-change.ts";

/*
 * A change is written
 *   years       "2023 USD 300 to 100 (short 0 to 100, long 300 to 0)"      terms that are zero are left out
 *   outcomes    "s1 matched to rejected insufficient-quantity"
 *   open costs  "X USD 100 to 300"
 */
const LINES = [
  "b1 2022-03-01 A buy 10 X @ 10",
  "b2 2023-02-01 A buy 10 X @ 30",
  "s1 2023-06-01 A sell 10 X @ 40",
];
const REST = "s2 2024-06-03 A sell 10 X @ 40";

describe("realized gain by year", () => {
  it("what one year loses another gains, when nothing is open any more", () => {
    const change = changed([...LINES, REST], { method: "fifo" }, { method: "hifo" });
    expect(yearTexts(change)).toEqual([
      "2023 USD 300 to 100 (short 0 to 100, long 300 to 0)",
      "2024 USD 100 to 300 (long 100 to 300)",
    ]);
    expect(change.years[0]?.total.change).toBe(money("-200"));
    expect([change.outcomes, change.openCosts]).toEqual([[], []]);
  });

  it("what is still open has the rest", () => {
    const change = changed(LINES, { method: "fifo" }, { method: "lifo" });
    expect(yearTexts(change)).toEqual(["2023 USD 300 to 100 (short 0 to 100, long 300 to 0)"]);
    expect(costTexts(change)).toEqual(["X USD 300 to 100"]);
  });

  it("under average cost no term is known, whatever date the pool carries", () => {
    const change = changed(LINES, { method: "fifo" }, { method: "average" });
    expect(yearTexts(change)).toEqual(["2023 USD 300 to 200 (long 300 to 0, unknown 0 to 200)"]);
    expect(costTexts(change)).toEqual(["X USD 300 to 200"]);
  });

  it("a year with a disposal is listed although nothing changed", () => {
    const change = changed([...LINES, REST], { method: "fifo" }, { method: "fifo" });
    expect(yearTexts(change)).toEqual([
      "2023 USD 300 to 300 (long 300 to 300)",
      "2024 USD 100 to 100 (long 100 to 100)",
    ]);
    expect(change.years.map(({ total }) => total.change)).toEqual([0n, 0n]);
  });

  it("currencies are kept apart, and years come first", () => {
    const lines = [
      "b1 2022-01-03 A buy 1 X @ 10",
      "b2 2022-01-04 A buy 1 X @ 20",
      "b3 2022-01-05 A buy 2 Y @ 30 in EUR",
      "s3 2022-01-06 A sell 1 Y @ 33 in EUR",
      "s1 2022-01-07 A sell 1 X @ 40",
      "s2 2023-01-08 A sell 1 X @ 40",
      "s4 2023-01-09 A sell 1 Y @ 34 in EUR",
    ];
    expect(yearTexts(changed(lines, { method: "fifo" }, { method: "lifo" }))).toEqual([
      "2022 EUR 3 to 3 (short 3 to 3)",
      "2022 USD 30 to 20 (short 30 to 20)",
      "2023 EUR 4 to 4 (long 4 to 4)",
      "2023 USD 20 to 30 (long 20 to 30)",
    ]);
  });

  it("the local date decides the year, and the UTC date only where there is none", () => {
    const lines = ["b1 2022-01-03 A buy 2 X @ 10", "s1 2023-12-31T23:00:00Z A sell 1 X @ 40"];
    const [buy, sale] = lines.map(tradeOf) as [Trade, Trade];
    const yearOf = (tradeDate: string | undefined) => {
      const result = matched([buy, { ...sale, tradeDate }], { method: "fifo" });
      const [row] = compareMethods({ account: "A", before: result, after: result }).years;
      return [row?.year, row && termTexts(row)];
    };
    expect(yearOf("2024-01-01")).toEqual([2024, "long 30 to 30"]);
    expect(yearOf("2023-12-31")).toEqual([2023, "long 30 to 30"]);
    expect(yearOf(undefined)).toEqual([2023, "unknown 30 to 30"]);
  });

  it("a return of capital beyond the cost is a gain like others", () => {
    const lines = ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 2", "r1 A return 80 X"];
    const under = (method: LotMethod) => ({ ...ledgerOf(lines, { method }), method });
    const [before, after] = [under("fifo"), under("average")];
    const change = compareMethods({ account: "A", before, after });
    // FIFO: 40 on a cost of 100 and 40 on one of 20, a gain of 20. The pool cost 120: no gain.
    expect(yearTexts(change)).toEqual(["2024 USD 20 to 0 (short 20 to 0)"]);
    expect(costTexts(change)).toEqual(["X USD 60 to 40"]);
  });
});

describe("one account", () => {
  it("the others are left out", () => {
    const lines = [...LINES, ...LINES.map((line) => line.replace(" A ", " B ").replace(/^/, "x"))];
    const change = changed(lines, { method: "fifo" }, { method: "lifo" });
    expect(yearTexts(change)).toEqual(["2023 USD 300 to 100 (short 0 to 100, long 300 to 0)"]);
    expect(costTexts(change)).toEqual(["X USD 300 to 100"]);
  });

  it("without transactions has nothing to compare", () => {
    const result = matched(LINES.map(tradeOf), { method: "fifo" });
    const change = compareMethods({ account: "C", before: result, after: result });
    expect(change).toEqual({ years: [], outcomes: [], openCosts: [] });
  });
});

describe("outcomes that differ", () => {
  it("short selling: a refused sale is accepted, and what follows from it appears", () => {
    const lines = [
      "s1 2023-01-03 A sell 10 X @ 40",
      "b1 2023-01-04 A buy 10 X @ 30",
      "s2 2023-01-05 A sell 9 Y @ 1",
    ];
    const change = changed(lines, { allowShort: false }, { allowShort: true });
    expect(outcomeTexts(change)).toEqual([
      "s1 rejected insufficient-quantity to matched",
      "s2 rejected insufficient-quantity to matched",
    ]);
    expect(yearTexts(change)).toEqual(["2023 USD 0 to 100 (short 0 to 100)"]);
    expect(costTexts(change)).toEqual(["X USD 300 to 0", "Y USD 0 to -9"]);
  });

  it("average cost: a sale that names its lots is not allowed any more", () => {
    const change = changed([...LINES, `${REST} of b2:10`], { method: "specific" }, { method: "average" });
    expect(outcomeTexts(change)).toEqual(["s2 matched to rejected lot-selection-not-allowed"]);
    expect(yearTexts(change)).toEqual([
      "2023 USD 300 to 200 (long 300 to 0, unknown 0 to 200)",
      "2024 USD 100 to 0 (long 100 to 0)",
    ]);
    expect(costTexts(change)).toEqual(["X USD 0 to 200"]);
  });

  it("refused both times, for another reason", () => {
    const lines = [...LINES, "b3 2023-07-01 A buy 10 X @ 20", "s2 2023-08-01 A sell 11 X @ 40 of b1:11"];
    const change = changed(lines, { method: "fifo" }, { method: "lifo" });
    expect(outcomeTexts(change)).toEqual([
      "s2 needs-attention unknown-lot to needs-attention lot-selection-mismatch",
    ]);
  });

  it("throws when the results are of different transactions", () => {
    const of = (lines: readonly string[]) => matched(lines.map(tradeOf), { method: "fifo" });
    const compare = (before: readonly string[], after: readonly string[]) => () =>
      compareMethods({ account: "A", before: of(before), after: of(after) });
    expect(compare(LINES, [...LINES, REST])).toThrow("different transactions");
    expect(compare(LINES, [...LINES.slice(0, 2), REST])).toThrow("in one result only");
  });
});

/* What holds for any trades of two accounts in three instruments over some years, under any two methods. */
describe("properties", () => {
  const trades = fc
    .array(
      fc.record({
        type: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
        account: fc.constantFrom("A", "A", "B"),
        instrument: fc.constantFrom("X", "Y", "Z"),
        quantity: fc.bigInt({ min: 1n, max: 10n ** 19n }),
        price: fc.bigInt({ min: 0n, max: 10n ** 21n }),
        fees: fc.bigInt({ min: 0n, max: 10n ** 37n }),
        days: fc.nat(120),
      }),
      { maxLength: 30 },
    )
    .map((rows) => {
      let tradedAt = Date.UTC(2020, 0, 1);
      return rows.map(({ days, ...row }, index): Trade => {
        tradedAt += days * 86_400_000;
        const tradeDate = new Date(tradedAt).toISOString().slice(0, 10);
        const amounts = {
          quantity: row.quantity as Quantity,
          price: row.price as Price,
          fees: row.fees as Money,
        };
        const currency = row.instrument === "Z" ? "EUR" : "USD";
        return { ...row, ...amounts, id: `t${index}`, orderSequence: index, tradedAt, tradeDate, currency };
      });
    });

  function forAnyChange(
    holds: (change: MethodChange, before: MatchedLedger, after: MatchedLedger) => void,
  ): void {
    const methods = fc.constantFrom(...LOT_METHODS);
    fc.assert(
      fc.property(trades, methods, methods, fc.boolean(), (all, old, now, allowShort) => {
        const before = matched(all, { method: old, allowShort });
        const after = matched(all, { method: now, allowShort });
        holds(compareMethods({ account: "A", before, after }), before, after);
      }),
      { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(5_000, { failOnInterrupt: true })] },
    );
  }

  it("gains change in sum by as much as open costs do, to the last digit", () => {
    forAnyChange(({ years, openCosts, outcomes }) => {
      expect(outcomes).toEqual([]);
      for (const currency of ["USD", "EUR"]) {
        const own = (row: { currency: string }) => row.currency === currency;
        const gains = sum(years.filter(own).map(({ total }) => total.change));
        expect(gains).toBe(sum(openCosts.filter(own).map(({ change }) => change)));
      }
    });
  });

  it("the terms of a year add up to its total, and the years to all that was realized", () => {
    forAnyChange(({ years }, before, after) => {
      for (const side of ["before", "after", "change"] as const) {
        for (const { total, short, long, unknown } of years) {
          expect(short[side] + long[side] + unknown[side]).toBe(total[side]);
        }
      }
      for (const [side, result] of [
        ["before", before],
        ["after", after],
      ] as const) {
        const realized = result.disposals.filter(({ account }) => account === "A");
        expect(sum(years.map(({ total }) => total[side]))).toBe(
          sum(realized.map((each) => each.realizedGain)),
        );
      }
    });
  });

  it("the open costs are those of the account's holdings", () => {
    forAnyChange(({ openCosts }, before, after) => {
      for (const [side, { ledger }] of [
        ["before", before],
        ["after", after],
      ] as const) {
        const held = ledger.holdings.filter(
          ({ account, holding }) => account === "A" && holding.quantity !== 0n,
        );
        const costs = held.map(({ instrument, holding }) => [instrument, holding.costBasis]);
        expect(openCosts.map((row) => [row.instrument, row[side]])).toEqual(costs);
      }
    });
  });

  it("the way back is the opposite change, and from a result to itself there is none", () => {
    forAnyChange(({ years, openCosts }, before, after) => {
      const back = compareMethods({ account: "A", before: after, after: before });
      const amounts = (change: Pick<MethodChange, "years" | "openCosts">) => [
        ...change.years.map(({ total }) => total),
        ...change.openCosts.map(({ before: was, after: is, change: by }) => ({
          before: was,
          after: is,
          change: by,
        })),
      ];
      const turned = amounts(back).map((each) => ({
        before: each.after,
        after: each.before,
        change: -(each.change as bigint),
      }));
      expect(turned).toEqual(amounts({ years, openCosts }));
      const same = compareMethods({ account: "A", before, after: before });
      expect(amounts(same).every(({ change }) => change === 0n)).toBe(true);
    });
  });
});

function changed(
  lines: readonly string[],
  before: Partial<LedgerRules>,
  after: Partial<LedgerRules>,
): MethodChange {
  const trades = lines.map(tradeOf);
  return compareMethods({ account: "A", before: matched(trades, before), after: matched(trades, after) });
}

function matched(trades: readonly Trade[], rules: Partial<LedgerRules>): MatchedLedger {
  const all = { method: "fifo" as LotMethod, allowShort: false, ...rules };
  return { ...replayLedger(trades, () => all), method: all.method };
}

/** "s1 2023-06-01 A sell 10 X @ 40 in USD of b1:4 b2:6" */
function tradeOf(line: string, index: number): Trade {
  const [id = "", time = "", account = "", type, count = "", instrument = "", , each = "", ...rest] =
    line.split(" ");
  return {
    id,
    type: type === "buy" ? "buy" : "sell",
    orderSequence: index,
    tradedAt: Date.parse(time),
    tradeDate: time.slice(0, 10),
    account,
    instrument,
    quantity: quantity(count),
    price: price(each),
    fees: money("0"),
    currency: rest[0] === "in" ? (rest[1] ?? "") : "USD",
    lots: rest
      .map((word) => word.split(":"))
      .flatMap(([lotId = "", part]) => (part === undefined ? [] : [{ lotId, quantity: quantity(part) }])),
  };
}

function yearTexts({ years }: MethodChange): string[] {
  return years.map((row) => `${row.year} ${row.currency} ${shown(row.total)} (${termTexts(row)})`);
}

function termTexts(row: YearChange): string {
  const terms = (["short", "long", "unknown"] as const).filter(
    (term) => row[term].before !== 0n || row[term].after !== 0n,
  );
  return terms.map((term) => `${term} ${shown(row[term])}`).join(", ");
}

function outcomeTexts({ outcomes }: MethodChange): string[] {
  return outcomes.map(({ transactionId, before, after }) => {
    const [was, is] = [before, after].map(({ status, reason }) => [status, reason].join(" ").trim());
    return `${transactionId} ${was} to ${is}`;
  });
}

function costTexts({ openCosts }: MethodChange): string[] {
  return openCosts.map((row) => `${row.instrument} ${row.currency} ${shown(row)}`);
}

function shown({ before, after }: AmountChange): string {
  return `${roundMoney(before, 8)} to ${roundMoney(after, 8)}`;
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
