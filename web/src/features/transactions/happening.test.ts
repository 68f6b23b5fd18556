import { describe, expect, test } from "vitest";
import {
  happening,
  nameOf,
  otherEndOf,
  otherPortfolioOf,
  plainText,
  statementOf,
  totalOf,
  type OtherEnd,
  type Recorded,
} from "./happening.ts";

const recorded = (of: Partial<Recorded>): Recorded => ({
  type: "buy",
  fees: "0",
  tax: "0",
  currency: "USD",
  tradedAt: "2026-01-05T15:30:00.000Z",
  notes: "",
  ...of,
});

const ACME = { symbol: "ACME.SIM", currency: "USD" };
const savings: OtherEnd = { direction: "to", name: "Savings" };

const CASES: readonly (readonly [Partial<Recorded>, string, string, string | undefined])[] = [
  [
    { ...ACME, type: "buy", quantity: "10", price: "12.5", fees: "1" },
    "10 × 12.50, fees 1.00",
    "10 ACME.SIM at 12.50 USD, fees 1.00",
    "126",
  ],
  [
    { ...ACME, type: "dividend", amount: "12.5", tax: "1.88" },
    "12.50, tax 1.88",
    "ACME.SIM: 12.50 USD, tax 1.88",
    "10.62",
  ],
  [{ type: "interest", amount: "3" }, "received", "3.00 USD received", "3"],
  [{ type: "interest", amount: "-3" }, "paid", "-3.00 USD paid", "-3"],
  [{ type: "fee", amount: "2" }, "paid", "2.00 USD paid", "2"],
  [{ type: "tax", amount: "-2" }, "refunded", "-2.00 USD refunded", "-2"],
  [{ type: "deposit", amount: "1000" }, "paid in", "1,000.00 USD paid in", "1000"],
  [
    { symbol: "ACME.SIM", type: "split", ratio: "2:1" },
    "2:1, 10 shares become 20",
    "ACME.SIM: 2:1, 10 shares become 20",
    undefined,
  ],
  [
    { ...ACME, type: "transfer", quantity: "10", toPortfolioId: "p2" },
    "10 to Savings",
    "10 ACME.SIM to Savings",
    undefined,
  ],
  [{ type: "transfer", amount: "50", toPortfolioId: "p2" }, "to Savings", "50.00 USD to Savings", "50"],
  [
    { ...ACME, type: "transfer-in", quantity: "3", costBasis: "90", acquiredAt: "2020-02-29T12:00:00Z" },
    "3, cost 90.00, bought Feb 29, 2020",
    "3 ACME.SIM, cost 90.00, bought Feb 29, 2020",
    undefined,
  ],
  [
    { ...ACME, type: "transfer-out", quantity: "3" },
    "3 to the outside",
    "3 ACME.SIM to the outside",
    undefined,
  ],
  [
    { ...ACME, type: "spin-off", toSymbol: "NEW", ratio: "1:4", costShare: "0.2" },
    "1 NEW for 4, with 20% of the cost",
    "ACME.SIM: 1 NEW for 4, with 20% of the cost",
    undefined,
  ],
  [
    { ...ACME, type: "merger", toSymbol: "NEW", ratio: "3:2", cashPerShare: "30", costShare: "0.25" },
    "3 NEW for 2 and 30.00 USD a share, for 25% of the cost",
    "ACME.SIM: 3 NEW for 2 and 30.00 USD a share, for 25% of the cost",
    undefined,
  ],
  [{ ...ACME, type: "symbol-change", toSymbol: "NEW" }, "is now NEW", "ACME.SIM: is now NEW", undefined],
  [
    { ...ACME, type: "return-of-capital", amount: "5" },
    "reduces the cost of its lots",
    "ACME.SIM: 5.00 USD reduces the cost of its lots",
    "5",
  ],
];

const ascii = (text: string) => text.replaceAll("\u2212", "-");

describe("what happened", () => {
  test.each(CASES)("%j", (of, row, statement, total) => {
    expect(ascii(plainText(happening(recorded(of), savings)))).toBe(row);
    expect(ascii(plainText(statementOf(recorded(of), savings)))).toBe(statement);
    expect(totalOf(recorded(of))).toBe(total);
  });
});

test("a transaction has a name for menus and messages", () => {
  expect(nameOf(recorded({ ...ACME, type: "buy", quantity: "10", price: "1" }))).toBe("buy 10 ACME.SIM");
  expect(nameOf(recorded({ type: "deposit", amount: "1000" }))).toBe("deposit 1,000.00 USD");
  expect(nameOf(recorded({ ...ACME, type: "split", ratio: "2:1" }))).toBe("split ACME.SIM 2:1");
  expect(nameOf(recorded({ ...ACME, type: "symbol-change", toSymbol: "NEW" }))).toBe(
    "symbol change ACME.SIM to NEW",
  );
});

test("a transfer goes to the other portfolio, and comes from the one that recorded it", () => {
  const transfer = { portfolioId: "p1", toPortfolioId: "p2" };
  expect(otherPortfolioOf(transfer, "p1")).toBe("p2");
  expect(otherPortfolioOf(transfer, "p2")).toBe("p1");
  expect(otherEndOf(transfer, "p1", "Savings")).toEqual({ direction: "to", name: "Savings" });
  expect(otherEndOf(transfer, "p2", "Main")).toEqual({ direction: "from", name: "Main" });
  expect(otherEndOf({ portfolioId: "p1" }, "p1")).toBeUndefined();
});
