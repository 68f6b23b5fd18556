import { describe, expect, test } from "vitest";
import type { TypedField } from "#contracts/transaction-fields.ts";
import type { Sign } from "#web/components/decimal.ts";
import { emptyTransaction, type TransactionValues } from "./transaction-form.ts";
import { whatIfQuestion } from "./what-if-question.ts";

const SHOWN: readonly TypedField[] = ["symbol", "quantity", "price", "fees", "currency", "lots"];

const ask = (
  of: Partial<TransactionValues>,
  { heldSide = 1, shown = SHOWN }: { heldSide?: Sign; shown?: readonly TypedField[] } = {},
) => {
  const sale = { type: "sell", symbol: "acme.sim", quantity: "080", price: "15" } as const;
  return whatIfQuestion(
    { ...emptyTransaction(0), ...sale, ...of },
    { shown, heldSide, openedAt: new Date(0) },
  );
};

test("a sale is asked about as it would be recorded", () => {
  const { tradedAt, ...question } = ask({ fees: "1" }) ?? {};
  expect(question).toEqual({ type: "sell", symbol: "ACME.SIM", quantity: "80", price: "15", fees: "1" });
  expect(Date.parse(tradedAt ?? "")).toBe(0);
});

test("a missing price is left to the live one, a wrong one is not asked about", () => {
  expect(ask({ price: "" })).not.toHaveProperty("price");
  expect(ask({ price: "ten" })).toBeUndefined();
});

describe("nothing is asked", () => {
  test.each([
    ["of a purchase", { type: "buy" }],
    ["of another type", { type: "transfer" }],
    ["without a quantity", { quantity: "" }],
    ["of a quantity that is none", { quantity: "0" }],
    ["without a symbol", { symbol: "" }],
    ["of wrong fees", { fees: "-1" }],
  ] as const)("%s", (_, of) => {
    expect(ask(of)).toBeUndefined();
  });

  test("of a sale that closes nothing", () => {
    expect(ask({}, { heldSide: 0 })).toBeUndefined();
  });
});

test("a purchase that covers a short is asked about", () => {
  expect(ask({ type: "buy" }, { heldSide: -1 })).toMatchObject({ type: "buy" });
});

test("named lots go along once they add up", () => {
  const lots = [{ lotId: "old", quantity: "80" }];
  expect(ask({ lots })).toMatchObject({ lots });
  expect(ask({ lots: [{ lotId: "old", quantity: "70" }] })).not.toHaveProperty("lots");
  expect(ask({ lots }, { shown: ["symbol", "quantity", "price"] })).not.toHaveProperty("lots");
});

test("the exchange rate goes along where it is asked for", () => {
  const shown: readonly TypedField[] = [...SHOWN, "exchangeRate"];
  expect(ask({ exchangeRate: "0.9" }, { shown })).toMatchObject({ exchangeRate: "0.9" });
  expect(ask({ exchangeRate: "0.9" })).not.toHaveProperty("exchangeRate");
});
