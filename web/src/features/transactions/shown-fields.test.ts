import { describe, expect, test } from "vitest";
import { rateTarget, shownFields, type FormFacts } from "./shown-fields.ts";
import { emptyTransaction, type TransactionValues } from "./transaction-form.ts";

const facts: FormFacts = {
  baseCurrency: "EUR",
  currency: "EUR",
  destinationCurrency: undefined,
  lotMethod: "fifo",
  heldSide: 1,
  asked: undefined,
};

const shown = (of: Partial<TransactionValues>, around: Partial<FormFacts> = {}) =>
  shownFields({ ...emptyTransaction(0), ...of }, { ...facts, ...around });

test("what a type requires is always asked for", () => {
  expect(shown({ type: "split" })).toEqual(["symbol", "ratio"]);
  expect(shown({ type: "deposit" })).toEqual(["amount", "currency"]);
  expect(shown({ type: "transfer", content: "cash" })).toEqual(["amount", "currency", "toPortfolioId"]);
});

describe("the exchange rate", () => {
  test("is asked for between two currencies only", () => {
    expect(shown({ type: "buy" })).not.toContain("exchangeRate");
    expect(shown({ type: "buy" }, { currency: "USD" })).toContain("exchangeRate");
    expect(shown({ type: "buy" }, { currency: undefined })).not.toContain("exchangeRate");
  });

  test("is asked for where the ledger misses it, whatever the currencies look like", () => {
    expect(shown({ type: "buy" }, { asked: "exchangeRate" })).toContain("exchangeRate");
  });

  test("of a transfer leads to the other portfolio's base currency, where that is another one", () => {
    const transfer = { type: "transfer", content: "lots" } as const;
    const usd = { currency: "USD" };
    expect(shown(transfer, usd)).not.toContain("exchangeRate");
    expect(shown(transfer, { ...usd, destinationCurrency: "EUR" })).not.toContain("exchangeRate");
    expect(shown(transfer, { ...usd, destinationCurrency: "CHF" })).toContain("exchangeRate");
    expect(shown(transfer, { ...usd, destinationCurrency: "USD" })).not.toContain("exchangeRate");
    const values = { ...emptyTransaction(0), ...transfer };
    expect(rateTarget(values, { ...facts, destinationCurrency: "CHF" })).toBe("CHF");
  });
});

test("a merger asks about cost and currency when there is cash", () => {
  expect(shown({ type: "merger" }, { currency: "USD" })).toEqual([
    "symbol",
    "ratio",
    "toSymbol",
    "cashPerShare",
  ]);
  expect(shown({ type: "merger", cashPerShare: "3" }, { currency: "USD" })).toEqual([
    "symbol",
    "currency",
    "exchangeRate",
    "ratio",
    "toSymbol",
    "costShare",
    "cashPerShare",
  ]);
});

describe("lots", () => {
  test("can be named on a sale, and on a purchase that covers a short", () => {
    expect(shown({ type: "sell" })).toContain("lots");
    expect(shown({ type: "transfer-out" })).toContain("lots");
    expect(shown({ type: "buy" })).not.toContain("lots");
    expect(shown({ type: "buy" }, { heldSide: -1 })).toContain("lots");
  });

  test("cannot be named in a pool", () => {
    expect(shown({ type: "sell" }, { lotMethod: "average" })).not.toContain("lots");
  });
});
