import { describe, expect, test } from "vitest";
import { PARK_REASONS } from "#contracts/portfolios.ts";
import { ATTENTION_REASONS, REJECTION_REASONS, type TransactionReason } from "#contracts/transactions.ts";
import { fieldOfReason, reasonAdvice, reasonText, statusText } from "./status-text.ts";

const ALL: readonly TransactionReason[] = [...REJECTION_REASONS, ...ATTENTION_REASONS, ...PARK_REASONS];

test.each(ALL)("%s is told in words, with what to do", (reason) => {
  expect(reasonText({ type: "transfer", reason })).not.toContain(reason);
  expect(reasonAdvice({ type: "transfer", reason })).toMatch(/^[A-Z].*\.$/);
});

test("a reason that this page does not know is shown as it came", () => {
  const reason = "moon-phase" as TransactionReason;
  expect(statusText({ type: "buy", status: "rejected", reason })).toBe("Rejected: moon-phase");
});

test("the status names the reason", () => {
  expect(statusText({ type: "buy", status: "pending" })).toBe("Pending");
  expect(statusText({ type: "buy", status: "pending", reason: "cannot-be-matched" })).toBe(
    "Paused here: it cannot be calculated",
  );
  expect(statusText({ type: "buy", status: "matched" })).toBe("Matched");
  expect(statusText({ type: "sell", status: "rejected", reason: "insufficient-quantity" })).toBe(
    "Rejected: more sold than held at that time",
  );
  expect(statusText({ type: "transfer", status: "rejected", reason: "insufficient-quantity" })).toBe(
    "Rejected: more than was held at that time",
  );
  expect(statusText({ type: "buy", status: "needs-attention", reason: "missing-fx-rate" })).toBe(
    "Needs attention: the exchange rate is not known",
  );
});

describe("the field to mend", () => {
  test.each([
    ["sell", "insufficient-quantity", "quantity"],
    ["return-of-capital", "insufficient-quantity", "symbol"],
    ["buy", "missing-fx-rate", "exchangeRate"],
    ["sell", "unknown-lot", "lots"],
    ["buy", "currency-mismatch", "currency"],
    ["symbol-change", "currency-mismatch", "toSymbol"],
    ["transfer", "same-account", "toPortfolioId"],
    ["transfer-in", "invalid-amount", "costBasis"],
    ["spin-off", "invalid-ratio", "ratio"],
    ["transfer-in", "side-conflict", "symbol"],
  ] as const)("of a %s with %s is %s", (type, reason, field) => {
    expect(fieldOfReason({ type, reason, symbol: "A" })).toBe(field);
  });

  test("is one that the form shows", () => {
    const merger = { type: "merger", reason: "currency-mismatch", symbol: "A" } as const;
    expect(fieldOfReason(merger)).toBe("currency");
    expect(fieldOfReason(merger, ["symbol", "toSymbol", "ratio"])).toBe("toSymbol");
  });
});
