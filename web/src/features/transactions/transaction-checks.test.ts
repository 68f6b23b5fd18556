import { describe, expect, test } from "vitest";
import { fieldsOf, TRANSACTION_TYPES, type TransactionType } from "#contracts/transaction-fields.ts";
import { checkDecimal, checkSymbol, checkTradedAt, checkTransaction } from "./transaction-checks.ts";
import { emptyTransaction, type TransactionValues } from "./transaction-form.ts";

const faultsOf = (type: TransactionType, of: Partial<TransactionValues> = {}) => {
  const values = { ...emptyTransaction(Date.parse("2026-03-01T12:00:00Z")), type, ...of };
  const { required, optional } = fieldsOf(type, values.content);
  return checkTransaction(values, [...required, ...optional]);
};

const trade = { symbol: "ACME.SIM", quantity: "10", price: "5" };

describe("figures", () => {
  test.each(["1", "0.000000000000000001", " 100.50 ", "007", "12345678901234567890"])(
    "accepts %j",
    (text) => {
      expect(faultsOf("buy", { ...trade, quantity: text })).toEqual({});
    },
  );

  test.each([
    ["", "Enter how many were traded."],
    ["0.00", "This must be above zero."],
    ["1,5", "Use a point for decimals and no thousands separators, such as 1234.56."],
    ["1e3", "This is not a number. Write it like 1234.56."],
    ["1.", "This is not a number. Write it like 1234.56."],
    ["0.1234567890123456789", "At most 18 digits behind the point."],
    ["123456789012345678901", "At most 20 digits before the point."],
  ])("refuses %j in plain words", (text, words) => {
    expect(faultsOf("buy", { ...trade, quantity: text })).toEqual({ quantity: words });
  });

  test("a quantity has no sign", () => {
    expect(checkDecimal("-5")).toMatch(/minus sign/);
  });

  test("a price may be zero but not missing, fees may be missing", () => {
    expect(faultsOf("sell", { ...trade, price: "0" })).toEqual({});
    expect(faultsOf("sell", { ...trade, price: "" })).toEqual({ price: "Enter the price of one unit." });
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
  expect(checkTradedAt("")).toBe("Enter when it happened.");
  expect(checkTradedAt("1899-12-31T23:59")).toMatch(/1900/);
});

describe("each type", () => {
  test.each(TRANSACTION_TYPES)("%s says of every empty field that it needs", (type) => {
    const { required } = fieldsOf(type);
    const expected = required.map((field) => (field === "ratio" ? "ratioNew" : field));
    expect(Object.keys(faultsOf(type)).toSorted()).toEqual(expected.toSorted());
  });

  test.each(["interest", "fee", "tax", "dividend"] as const)("%s may be below zero", (type) => {
    expect(faultsOf(type, { symbol: "ACME.SIM", amount: "-12.5" })).toEqual({});
    expect(faultsOf(type, { symbol: "ACME.SIM", amount: "0" })).toEqual({
      amount: "This must not be zero.",
    });
  });

  test.each(["deposit", "withdrawal", "return-of-capital"] as const)("%s is above zero", (type) => {
    expect(faultsOf(type, { symbol: "ACME.SIM", amount: "-12.5" }).amount).toMatch(/minus sign/);
    expect(faultsOf(type, { symbol: "ACME.SIM", amount: "0" }).amount).toBe("This must be above zero.");
  });

  test("a ratio has two numbers above zero", () => {
    expect(faultsOf("split", { symbol: "A", ratioNew: "2" })).toEqual({});
    expect(faultsOf("split", { symbol: "A", ratioNew: "0", ratioOld: "" })).toEqual({
      ratioNew: "This must be above zero.",
      ratioOld: "Enter both numbers.",
    });
  });

  test("a new symbol is another one", () => {
    expect(faultsOf("symbol-change", { symbol: "OLD", toSymbol: "old" })).toEqual({
      toSymbol: "This is the old symbol: enter the new one.",
    });
  });

  test.each([
    [{ costShare: "120" }, "A share lies between 0 and 100 per cent."],
    [{ costShare: "20", costShareUnit: "fraction" }, "A fraction lies between 0 and 1, such as 0.2."],
    [{ costShare: "0.12345678901234567" }, "At most 16 digits behind the point."],
    [{ costShare: "a fifth" }, "This is not a number. Write it like 1234.56."],
  ] as const)("a share of the cost is a part of a whole: %j", (of, words) => {
    const spinOff = { symbol: "A", toSymbol: "B", ratioNew: "1" };
    expect(faultsOf("spin-off", { ...spinOff, ...of })).toEqual({ costShare: words });
  });

  test("a merger with cash says which part of the cost the cash pays for", () => {
    const merger = { symbol: "A", toSymbol: "B", ratioNew: "1" };
    expect(faultsOf("merger", merger)).toEqual({});
    expect(faultsOf("merger", { ...merger, cashPerShare: "3" })).toEqual({
      costShare: "Enter which part of the cost the cash pays for; 0 if none.",
    });
  });

  test("what came in was bought before", () => {
    const delivery = { symbol: "A", quantity: "1", costBasis: "0" };
    const faults = (acquiredAt: string) =>
      faultsOf("transfer-in", { ...delivery, tradedAt: "2026-03-01T12:00", acquiredAt });
    expect(faults("2026-03-01")).toEqual({});
    expect(faults("2026-03-02")).toEqual({ acquiredAt: "This is after it came in." });
    expect(faults("")).toEqual({});
  });

  test("only what is shown is checked", () => {
    const values = { ...emptyTransaction(0), ...trade, exchangeRate: "wrong" };
    expect(checkTransaction(values, ["symbol", "quantity", "price"])).toEqual({});
  });
});

describe("named lots", () => {
  const lots = [
    { lotId: "old", quantity: "6" },
    { lotId: "new", quantity: "4" },
  ];

  test("add up to the quantity, or none is named", () => {
    expect(faultsOf("sell", { ...trade, lots })).toEqual({});
    expect(faultsOf("sell", { ...trade, lots: [] })).toEqual({});
    expect(faultsOf("sell", { ...trade, quantity: "11", lots })).toEqual({
      lots: "The named lots add up to 10, not to 11.",
    });
  });

  test("have a fault at the lot that it concerns", () => {
    const faults = faultsOf("sell", { ...trade, lots: [{ lotId: "old", quantity: "ten" }] });
    expect(faults["lots.old"]).toBe("This is not a number. Write it like 1234.56.");
  });
});
