import { describe, expect, it } from "vitest";
import {
  cashTexts,
  gainTexts,
  incomeTexts,
  ledgerOf,
  lotTexts,
  refusalTexts,
} from "#testing/ledger-table.ts";
import type { LedgerRules } from "../holding.ts";

/*
 * The ledger, type by type. Each case reads: these transactions, under these rules, leave these open lots,
 * these gains, this cash, this income, and these refusals. What a case does not name is not looked at; gains
 * and refusals are none unless named.
 */
interface LedgerCase {
  readonly rules?: Partial<LedgerRules>;
  readonly apply: readonly string[];
  readonly lots?: readonly string[];
  readonly gains?: readonly string[];
  readonly cash?: readonly string[];
  readonly income?: readonly string[];
  readonly refused?: readonly string[];
}

const THREE_LOTS = ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 30", "b3 A buy 10 X @ 20"];
const SHORT = { allowShort: true };

describe("lot methods", () => {
  ledger("FIFO sells the oldest lot first", {
    apply: [...THREE_LOTS, "s1 A sell 12 X @ 40"],
    gains: ["s1 A/X b1: 10 long, 400 - 100 = 300", "s1 A/X b2: 2 long, 80 - 60 = 20"],
  });

  ledger("LIFO sells the youngest lot first", {
    rules: { method: "lifo" },
    apply: [...THREE_LOTS, "s1 A sell 12 X @ 40"],
    gains: ["s1 A/X b3: 10 long, 400 - 200 = 200", "s1 A/X b2: 2 long, 80 - 60 = 20"],
  });

  ledger("HIFO sells the dearest lot first", {
    rules: { method: "hifo" },
    apply: [...THREE_LOTS, "s1 A sell 12 X @ 40"],
    gains: ["s1 A/X b2: 10 long, 400 - 300 = 100", "s1 A/X b3: 2 long, 80 - 40 = 40"],
  });

  ledger("HIFO breaks an exact tie by age, also where a unit cost has no last decimal", {
    rules: { method: "hifo", ...SHORT },
    // Both short lots brought (3 × 12 − 1) / 3 a share; of s1 one share closed b1 and two were opened.
    apply: ["b1 A buy 1 X @ 10", "s1 A sell 3 X @ 12 fee 1", "s2 A sell 3 X @ 12 fee 1", "c1 A buy 2 X @ 5"],
    gains: [
      "s1 A/X b1: 1 long, 11.66666667 - 10 = 1.66666667",
      "c1 A/X s1: 2 short, 23.33333333 - 10 = 13.33333333",
    ],
    lots: ["A/X s2: -3 for -35 since 2024-01-03"],
  });

  ledger("average cost takes a share of one pool", {
    rules: { method: "average" },
    apply: [...THREE_LOTS, "s1 A sell 12 X @ 40", "b4 A buy 2 X @ 60"],
    gains: ["s1 A/X b1: 12 long, 480 - 240 = 240"],
    lots: ["A/X b1: 20 for 480 since 2024-01-01"],
  });

  ledger("specific lots are closed in the order they are named, without names FIFO", {
    rules: { method: "specific" },
    apply: [...THREE_LOTS, "s1 A sell 5 X @ 40 of b3:3 b2:2", "s2 A sell 1 X @ 40"],
    gains: [
      "s1 A/X b3: 3 long, 120 - 60 = 60",
      "s1 A/X b2: 2 long, 80 - 60 = 20",
      "s2 A/X b1: 1 long, 40 - 10 = 30",
    ],
  });

  ledger("named lots override the method of the portfolio, sale by sale", {
    rules: { method: "lifo" },
    apply: [...THREE_LOTS, "s1 A sell 1 X @ 40 of b1:1", "s2 A sell 1 X @ 40"],
    gains: ["s1 A/X b1: 1 long, 40 - 10 = 30", "s2 A/X b3: 1 long, 40 - 20 = 20"],
  });

  ledger("a cover may name the short lots that it closes", {
    rules: SHORT,
    apply: ["s1 A sell 1 X @ 20", "s2 A sell 1 X @ 30", "c1 A buy 1 X @ 25 of s2:1"],
    gains: ["c1 A/X s2: 1 short, 30 - 25 = 5"],
  });
});

describe("needs attention", () => {
  ledger("a named lot that is not there is not replaced by another", {
    apply: ["b1 A buy 2 X @ 10", "s1 A sell 1 X @ 20 of b9:1"],
    refused: ["s1 needs-attention unknown-lot"],
    lots: ["A/X b1: 2 for 20 since 2024-01-01"],
  });

  ledger("nor is one that is not there any more", {
    apply: ["b1 A buy 1 X @ 10", "b2 A buy 1 X @ 10", "s1 A sell 1 X @ 20", "s2 A sell 1 X @ 20 of b1:1"],
    gains: ["s1 A/X b1: 1 long, 20 - 10 = 10"],
    refused: ["s2 needs-attention unknown-lot"],
  });

  ledger("named quantities must be there and add up to the sale", {
    apply: [
      "b1 A buy 2 X @ 10",
      "b2 A buy 2 X @ 10",
      "s1 A sell 3 X @ 20 of b1:3",
      "s2 A sell 2 X @ 20 of b1:1",
    ],
    refused: ["s1 needs-attention lot-selection-mismatch", "s2 needs-attention lot-selection-mismatch"],
  });

  ledger("naming lots is not allowed where there is only a pool", {
    rules: { method: "average" },
    apply: ["b1 A buy 2 X @ 10", "s1 A sell 1 X @ 20 of b1:1"],
    refused: ["s1 rejected lot-selection-not-allowed"],
  });

  ledger("a missing exchange rate is a state of its own, never 1:1", {
    rules: { baseCurrency: "EUR" },
    apply: ["b1 A buy 1 X @ 10", "b2 A buy 1 Y @ 10 in EUR"],
    refused: ["b1 needs-attention missing-fx-rate"],
    lots: ["A/Y b2: 1 for 10, base 10 since 2024-01-02"],
    cash: ["A EUR -10"],
  });
});

describe("splits", () => {
  ledger("multiply every open lot in all accounts, at the same cost and date", {
    apply: ["b1 A buy 10 X @ 10", "b2 B buy 5 X @ 20", "b3 A buy 1 Y @ 9", "sp split X 2:1"],
    lots: [
      "A/X b1: 20 for 100 since 2024-01-01",
      "A/Y b3: 1 for 9 since 2024-01-03",
      "B/X b2: 10 for 100 since 2024-01-02",
    ],
  });

  ledger("leave exact fractions: 10 shares split 2:1 and 1:3 are 20/3", {
    apply: ["b1 A buy 10 X @ 100", "sp split X 2:1", "sq split X 1:3", "s1 A sell 5 X @ 200"],
    gains: ["s1 A/X b1: 5 long, 1000 - 750 = 250"],
    lots: ["A/X b1: 5/3 for 250 since 2024-01-01"],
  });

  ledger("back and forth leave what was there", {
    apply: ["b1 A buy 10 X @ 100", "sp split X 1:7", "sq split X 7:1"],
    lots: ["A/X b1: 10 for 1000 since 2024-01-01"],
  });

  ledger("multiply a short lot too", {
    rules: SHORT,
    apply: ["s1 A sell 10 X @ 30", "sp split X 2:1", "c1 A buy 20 X @ 12"],
    gains: ["c1 A/X s1: 20 short, 300 - 240 = 60"],
  });

  ledger("let a trade cross zero from a fraction of a share", {
    rules: SHORT,
    apply: ["b1 A buy 1 X @ 9", "sp split X 1:3", "s1 A sell 1 X @ 30"],
    gains: ["s1 A/X b1: 1/3 long, 10 - 9 = 1"],
    lots: ["A/X s1: -2/3 for -20 since 2024-01-03"],
  });

  ledger("need a ratio above zero", {
    apply: ["b1 A buy 1 X @ 9", "sp split X 0:1"],
    refused: ["sp rejected invalid-ratio"],
  });
});

describe("income and cash", () => {
  ledger("a dividend is income, gross, with what was withheld apart; the lots do not move", {
    apply: ["b1 A buy 10 X @ 10", "d1 A dividend 20 X tax 3 fee 1"],
    lots: ["A/X b1: 10 for 100 since 2024-01-01"],
    income: ["A X dividends 20", "A X withheld 3", "A X fees 1"],
    cash: ["A USD -84"],
  });

  ledger("a payment in lieu on a short holding is a dividend below zero", {
    rules: SHORT,
    apply: ["s1 A sell 10 X @ 10", "d1 A dividend -5 X"],
    income: ["A X dividends -5"],
    cash: ["A USD 95"],
  });

  ledger("interest, fees and taxes are in no lot and in no gain", {
    apply: ["i1 A interest 2", "i2 A interest -0.5", "f1 A fee 3", "t1 A tax 1"],
    income: ["A USD interest 1.5", "A USD expenses 3", "A USD taxes 1"],
    cash: ["A USD -2.5"],
  });

  ledger("cash is kept per account and currency, and may go below zero", {
    apply: ["c1 A deposit 100", "c2 A withdrawal 150 in EUR", "c3 A move 40 to B"],
    cash: ["A EUR -150", "A USD 60", "B USD 40"],
  });

  ledger("deposits, withdrawals and moves need an amount above zero, and moves two accounts", {
    apply: ["c1 A deposit 0", "c2 A withdrawal -1", "c3 A move 0 to B", "c4 A move 1 to A"],
    refused: [
      "c1 rejected invalid-amount",
      "c2 rejected invalid-amount",
      "c3 rejected invalid-amount",
      "c4 rejected same-account",
    ],
  });
});

describe("transfers", () => {
  ledger("carry lots with id, date and cost, the oldest first; their fee is an expense", {
    rules: { method: "hifo" },
    apply: ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 30", "t1 A transfer 12 X to B fee 2"],
    lots: [
      "A/X b2: 8 for 240 since 2024-01-02",
      "B/X b2: 2 for 60 since 2024-01-02",
      "B/X b1: 10 for 100 since 2024-01-01",
    ],
    cash: ["A USD -402"],
    income: ["A USD expenses 2"],
  });

  ledger("take the lots that are named", {
    apply: ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 30", "t1 A transfer 4 X to B of b2:4"],
    lots: [
      "A/X b1: 10 for 100 since 2024-01-01",
      "A/X b2: 6 for 180 since 2024-01-02",
      "B/X b2: 4 for 120 since 2024-01-02",
    ],
  });

  ledger("merge a lot that comes back with its rest", {
    apply: ["b1 A buy 3 X @ 0 fee 10", "t1 A transfer 1 X to B", "t2 B transfer 1 X to A"],
    lots: ["A/X b1: 3 for 10 since 2024-01-01"],
  });

  ledger("take a share of the pool under average cost", {
    rules: { method: "average" },
    apply: ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 30", "t1 A transfer 5 X to B"],
    lots: ["A/X b1: 15 for 300 since 2024-01-01", "B/X b1: 5 for 100 since 2024-01-01"],
  });

  ledger("are rejected whole when more is asked than held, or the other side is short", {
    rules: SHORT,
    apply: ["b1 A buy 1 X @ 10", "s1 B sell 1 X @ 10", "t1 A transfer 2 X to C", "t2 A transfer 1 X to B"],
    refused: ["t1 rejected insufficient-quantity", "t2 rejected side-conflict"],
  });

  ledger("from outside open a lot with their own cost and date, to the outside leave no gain", {
    apply: [
      "b1 A buy 10 X @ 10",
      "i1 A receive 5 X for 40 acquired 2019-06-03",
      "s1 A sell 6 X @ 20",
      "o1 A deliver 4 X",
    ],
    gains: ["s1 A/X i1: 5 long, 100 - 40 = 60", "s1 A/X b1: 1 long, 20 - 10 = 10"],
    lots: ["A/X b1: 5 for 50 since 2024-01-01"],
    cash: ["A USD 20"],
  });
});

describe("corporate actions", () => {
  ledger("a return of capital reduces the cost; what exceeds it is a gain", {
    apply: ["b1 A buy 10 X @ 10", "b2 A buy 10 X @ 2", "r1 A return 80 X"],
    gains: ["r1 A/X b1: 0 long, 40 - 40 = 0", "r1 A/X b2: 0 long, 40 - 20 = 20"],
    lots: ["A/X b1: 10 for 60 since 2024-01-01", "A/X b2: 10 for 0 since 2024-01-02"],
    cash: ["A USD -40"],
  });

  ledger("a return of capital needs a long holding", {
    apply: ["r1 A return 80 X"],
    refused: ["r1 rejected insufficient-quantity"],
  });

  ledger("a spin-off gives part of the cost to siblings with the same dates", {
    apply: ["b1 A buy 10 X @ 100", "so spin-off X to Y 1:4 share 0.2"],
    lots: ["A/X b1: 10 for 800 since 2024-01-01", "A/Y b1: 2.5 for 200 since 2024-01-01"],
  });

  ledger("a merger turns lots into lots of another instrument", {
    apply: ["b1 A buy 10 X @ 100", "b2 A buy 1 Y @ 5", "m1 merger X to Y 3:2"],
    lots: ["A/Y b1: 15 for 1000 since 2024-01-01", "A/Y b2: 1 for 5 since 2024-01-02"],
  });

  ledger("the cash of a merger sells the given share of the cost", {
    apply: ["b1 A buy 10 X @ 100", "m1 merger X to Y 3:2 cash 30 share 0.25"],
    gains: ["m1 A/X b1: 0 long, 300 - 250 = 50"],
    lots: ["A/Y b1: 15 for 750 since 2024-01-01"],
    cash: ["A USD -700"],
  });

  ledger("a symbol change takes lots and income along", {
    apply: ["b1 A buy 2 X @ 10", "d1 A dividend 1 X", "n1 rename X to Y", "s1 A sell 1 Y @ 15"],
    gains: ["s1 A/Y b1: 1 long, 15 - 10 = 5"],
    lots: ["A/Y b1: 1 for 10 since 2024-01-01"],
    income: ["A Y dividends 1"],
  });
});

describe("two currencies", () => {
  ledger("cost at the opening rate, proceeds at the closing rate, the currency's part apart", {
    rules: { baseCurrency: "EUR" },
    apply: ["b1 A buy 100 X @ 50 rate 0.9", "s1 A sell 50 X @ 70 rate 0.88"],
    gains: ["s1 A/X b1: 50 long, 3500 - 2500 = 1000; base 3080 - 2250 = 830, currency -50"],
    lots: ["A/X b1: 50 for 2500, base 2250 since 2024-01-01"],
  });

  ledger("for shorts the other way round", {
    rules: { baseCurrency: "EUR", ...SHORT },
    apply: ["s1 A sell 10 X @ 20 rate 0.9", "c1 A buy 10 X @ 15 rate 0.8"],
    gains: ["c1 A/X s1: 10 short, 200 - 150 = 50; base 180 - 120 = 60, currency 20"],
  });

  ledger("an instrument has one currency in all accounts", {
    apply: ["b1 A buy 1 X @ 10", "b2 B buy 1 X @ 10 in EUR", "d1 B dividend 1 X in EUR"],
    refused: ["b2 rejected currency-mismatch", "d1 rejected currency-mismatch"],
  });
});

function ledger(rule: string, expected: LedgerCase): void {
  it(rule, () => {
    const result = ledgerOf(expected.apply, expected.rules);
    expect(gainTexts(result)).toEqual(expected.gains ?? []);
    expect(refusalTexts(result)).toEqual(expected.refused ?? []);
    if (expected.lots !== undefined) expect(lotTexts(result)).toEqual(expected.lots);
    if (expected.cash !== undefined) expect(cashTexts(result)).toEqual(expected.cash);
    if (expected.income !== undefined) expect(incomeTexts(result)).toEqual(expected.income);
  });
}
