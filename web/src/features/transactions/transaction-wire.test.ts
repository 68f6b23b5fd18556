import { describe, expect, test } from "vitest";
import { fieldsOf, TRANSACTION_TYPES } from "#contracts/transaction-fields.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { toLocalTime } from "./local-time.ts";
import { emptyTransaction, valuesOf, type TransactionValues } from "./transaction-form.ts";
import { toEdit, toInput, toRestored } from "./transaction-wire.ts";

const recorded: Transaction = {
  id: "t1",
  portfolioId: "p1",
  sequence: 1,
  version: 3,
  type: "sell",
  symbol: "ACME.SIM",
  quantity: "80",
  price: "15",
  fees: "0",
  tax: "0",
  currency: "USD",
  tradedAt: "2026-01-05T15:30:12.345Z",
  notes: "",
  status: "matched",
  createdAt: "2026-01-05T15:30:13.000Z",
};

/** Everything that any type can say. */
const filled: TransactionValues = {
  ...emptyTransaction(0),
  symbol: " acme.sim",
  toSymbol: "new.sim ",
  toPortfolioId: "p2",
  quantity: "007.50",
  price: "1",
  amount: "-012.5",
  costBasis: "00",
  fees: "",
  tax: "01.5",
  currency: "",
  exchangeRate: "0.9",
  ratioNew: "02",
  ratioOld: "1",
  costShare: "12.5",
  cashPerShare: "3",
  lots: [{ lotId: "l1", quantity: "07.5" }],
  acquiredAt: "2020-02-29",
  notes: " x ",
};

const openedAt = new Date("2026-03-01T09:30:12.345Z");
const options = { id: "t1", portfolioId: "p1", currency: "USD", openedAt };

const inputOf = (values: TransactionValues) => {
  const { required, optional } = fieldsOf(values.type, values.content);
  return toInput(values, { ...options, shown: [...required, ...optional] });
};

describe("the request", () => {
  test("carries trimmed, upper-case and plain figures", () => {
    expect(inputOf({ ...filled, type: "sell" })).toEqual({
      id: "t1",
      portfolioId: "p1",
      type: "sell",
      symbol: "ACME.SIM",
      quantity: "7.50",
      price: "1",
      fees: "0",
      currency: "USD",
      exchangeRate: "0.9",
      lots: [{ lotId: "l1", quantity: "7.5" }],
      notes: "x",
      tradedAt: expect.stringMatching(/^19(69|70)-.*[+-]\d\d:\d\d$/) as string,
    });
  });

  test.each(TRANSACTION_TYPES)("of a %s says what the type asks for and nothing else", (type) => {
    const { required, optional } = fieldsOf(type);
    const input = inputOf({ ...filled, type });
    const always = ["id", "portfolioId", "type", "tradedAt", "notes"];
    expect(Object.keys(input)).toEqual(expect.arrayContaining([...always, ...required]));
    const allowed: readonly string[] = [...always, ...required, ...optional];
    expect(Object.keys(input).filter((key) => !allowed.includes(key))).toEqual([]);
  });

  test("leaves out what the form does not show", () => {
    const input = toInput(
      { ...filled, type: "sell" },
      { ...options, shown: ["symbol", "quantity", "price"] },
    );
    expect(Object.keys(input)).toEqual([
      "id",
      "portfolioId",
      "type",
      "notes",
      "symbol",
      "quantity",
      "price",
      "tradedAt",
    ]);
  });

  test("carries the second at which the form was opened, unless another time is entered", () => {
    const values = { ...filled, type: "deposit", tradedAt: toLocalTime(openedAt) } as const;
    expect(Date.parse(inputOf(values).tradedAt)).toBe(openedAt.getTime());
    expect(inputOf({ ...values, tradedAt: "2026-02-28T10:00" }).tradedAt).toMatch(/^2026-02-28T10:00:00/);
  });

  test("turns a percentage into a fraction, and two numbers into a ratio", () => {
    expect(inputOf({ ...filled, type: "spin-off" })).toMatchObject({ ratio: "2:1", costShare: "0.125" });
    expect(
      inputOf({ ...filled, type: "spin-off", costShare: "0.2", costShareUnit: "fraction" }),
    ).toMatchObject({ costShare: "0.2" });
  });

  test("keeps the sign of an amount", () => {
    expect(inputOf({ ...filled, type: "dividend" })).toMatchObject({
      amount: "-12.5",
      tax: "1.5",
      fees: "0",
    });
  });

  test("of money that is transferred names no instrument", () => {
    const input = inputOf({ ...filled, type: "transfer", content: "cash", amount: "50" });
    expect(input).toMatchObject({ amount: "50", toPortfolioId: "p2" });
    expect(input.symbol).toBeUndefined();
  });

  test("takes a day at its noon, but not later than what was acquired came in", () => {
    const delivery = { ...filled, type: "transfer-in", tradedAt: "2026-03-01T09:30" } as const;
    expect(inputOf(delivery).acquiredAt).toMatch(/^2020-02-29T12:00:00\.000[+-]/);
    expect(inputOf({ ...delivery, acquiredAt: "2026-03-01" }).acquiredAt).toMatch(/^2026-03-01T09:30/);
  });
});

describe("an edit", () => {
  const shown = ["symbol", "quantity", "price", "fees", "currency"] as const;

  test("that leaves the time alone keeps its hidden seconds, and names the version it is based on", () => {
    const edit = toEdit({ ...valuesOf(recorded), quantity: "70" }, recorded, { shown, currency: undefined });
    expect(edit).toMatchObject({ version: 3, quantity: "70", currency: "USD" });
    expect(new Date(edit.tradedAt).toISOString()).toBe("2026-01-05T15:30:12.345Z");
  });

  test("of the time takes the new one", () => {
    const values = { ...valuesOf(recorded), tradedAt: "2026-02-01T10:00" };
    const edit = toEdit(values, recorded, { shown, currency: undefined });
    expect(new Date(edit.tradedAt)).toEqual(new Date("2026-02-01T10:00"));
    expect(edit.tradedAt).toMatch(/^2026-02-01T10:00/);
  });

  test("keeps the instant at which a lot was acquired, unless the day changes", () => {
    const delivery: Transaction = {
      ...recorded,
      type: "transfer-in",
      costBasis: "10",
      acquiredAt: "2020-02-29T08:15:00.000Z",
    };
    const options = { shown: ["acquiredAt"] as const, currency: undefined };
    const same = toEdit(valuesOf(delivery), delivery, options);
    expect(new Date(same.acquiredAt ?? "").toISOString()).toBe("2020-02-29T08:15:00.000Z");
    const moved = toEdit({ ...valuesOf(delivery), acquiredAt: "2020-03-01" }, delivery, options);
    expect(moved.acquiredAt).toMatch(/^2020-03-01T12:00/);
  });
});

describe("there and back", () => {
  const cases: Partial<Transaction>[] = [
    { type: "buy", exchangeRate: "0.92", fees: "1" },
    { type: "sell", lots: [{ lotId: "l1", quantity: "80" }] },
    { type: "split", ratio: "3:2" },
    { type: "spin-off", toSymbol: "NEW.SIM", ratio: "1:4", costShare: "0.125" },
    { type: "merger", toSymbol: "NEW.SIM", ratio: "3:2", cashPerShare: "30", costShare: "0.25" },
    { type: "symbol-change", toSymbol: "NEW.SIM" },
    { type: "dividend", amount: "12.5", tax: "1.88" },
    { type: "transfer", toPortfolioId: "p2" },
    { type: "transfer-in", costBasis: "1000" },
    { type: "transfer-out" },
    { type: "return-of-capital", amount: "5" },
  ];

  test.each(cases)("a $type says the same after it went through the form", (of) => {
    const transaction = { ...recorded, ...of };
    const { required, optional } = fieldsOf(transaction.type);
    const shown = [...required, ...optional].filter((field) => transaction[field] !== undefined);
    const edit = toEdit(valuesOf(transaction), transaction, { shown, currency: undefined });
    for (const field of shown) expect(edit[field]).toEqual(transaction[field]);
  });
});

test("a deletion taken back records the same again, at the same instant and with what its type has only", () => {
  const { tradedAt, ...restored } = toRestored(
    { ...recorded, lots: [{ lotId: "l1", quantity: "80" }] },
    "t2",
  );
  expect(restored).toEqual({
    id: "t2",
    portfolioId: "p1",
    type: "sell",
    symbol: "ACME.SIM",
    quantity: "80",
    price: "15",
    fees: "0",
    currency: "USD",
    lots: [{ lotId: "l1", quantity: "80" }],
    notes: "",
  });
  expect(new Date(tradedAt).toISOString()).toBe(recorded.tradedAt);
});
