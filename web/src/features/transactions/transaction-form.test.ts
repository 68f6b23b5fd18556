import { describe, expect, test } from "vitest";
import type { Transaction } from "#contracts/transactions.ts";
import {
  checkFees,
  checkPrice,
  checkQuantity,
  checkSymbol,
  checkTradedAt,
  emptyTransaction,
  toEdit,
  toInput,
  valuesOf,
} from "./transaction-form.ts";

const transaction: Transaction = {
  id: "t1",
  portfolioId: "p1",
  sequence: 1,
  version: 3,
  type: "sell",
  symbol: "ACME.SIM",
  quantity: "80",
  price: "15",
  fees: "0",
  currency: "USD",
  tradedAt: "2026-01-05T15:30:12.345Z",
  notes: "",
  status: "matched",
  createdAt: "2026-01-05T15:30:13.000Z",
};

describe("figures", () => {
  test.each(["1", "0.000000000000000001", " 100.50 ", "007", "12345678901234567890"])(
    "accepts %j",
    (text) => {
      expect(checkQuantity(text)).toBeNull();
    },
  );

  test.each([
    ["", "Enter how many were traded."],
    ["0.00", "The quantity must be above zero."],
    ["1,5", "Use a point for decimals and no thousands separators, such as 1234.56."],
    ["1e3", "This is not a number. Write it like 1234.56."],
    ["1.", "This is not a number. Write it like 1234.56."],
    ["0.1234567890123456789", "At most 18 digits behind the point."],
    ["123456789012345678901", "At most 20 digits before the point."],
  ])("refuses %j in plain words", (text, words) => {
    expect(checkQuantity(text)).toBe(words);
  });

  test("a quantity has no sign", () => {
    expect(checkQuantity("-5")).toMatch(/minus sign/);
  });

  test("a price may be zero but not missing, fees may be missing", () => {
    expect(checkPrice("0")).toBeNull();
    expect(checkPrice("")).toBe("Enter the price of one unit.");
    expect(checkFees("")).toBeNull();
  });
});

test("symbols take letters, digits and the marks that exchanges use", () => {
  expect(checkSymbol("BRK-B")).toBeNull();
  expect(checkSymbol("^GSPC")).toBeNull();
  expect(checkSymbol("AC ME")).toBe("Use letters, digits and . - = ^ only.");
  expect(checkSymbol("")).toMatch(/^Enter the symbol/);
});

test("a date must exist and lie between 1900 and 2199", () => {
  expect(checkTradedAt("2026-01-05T15:30")).toBeNull();
  expect(checkTradedAt("")).toBe("Enter when it was traded.");
  expect(checkTradedAt("1899-12-31T23:59")).toMatch(/1900/);
});

test("the request carries trimmed, upper-case and plain figures", () => {
  const values = {
    ...emptyTransaction(0),
    symbol: " acme.sim",
    quantity: "007.50",
    price: "1",
    notes: " x ",
  };
  expect(toInput(values, { id: "t1", portfolioId: "p1" })).toMatchObject({
    symbol: "ACME.SIM",
    quantity: "7.50",
    price: "1",
    fees: "0",
    notes: "x",
    tradedAt: "1970-01-01T00:00:00.000Z",
  });
});

test("an edit that leaves the time alone keeps its hidden seconds, and names the version it is based on", () => {
  const edit = toEdit({ ...valuesOf(transaction), quantity: "70" }, transaction);
  expect(edit).toMatchObject({
    version: 3,
    quantity: "70",
    tradedAt: "2026-01-05T15:30:12.345Z",
    currency: "USD",
  });
});

test("an edit of the time takes the new one", () => {
  const edit = toEdit({ ...valuesOf(transaction), tradedAt: "2026-02-01T10:00" }, transaction);
  expect(edit.tradedAt).toBe(new Date("2026-02-01T10:00").toISOString());
});
