import { expect, test } from "vitest";
import type { Position } from "#contracts/positions.ts";
import { holdOrder, orderSymbols } from "./row-order.ts";

const position = (symbol: string, marketValue: string | null): Position => ({
  symbol,
  currency: "USD",
  quantity: "1",
  costBasis: "1",
  averageCost: "1",
  realizedGain: "0",
  income: "0",
  fees: "0",
  base: { currency: "USD", costBasis: "1", realizedGain: "0", exchangeGain: "0" },
  price: marketValue,
  priceAsOf: null,
  stale: false,
  marketValue,
  unrealizedGain: null,
  unrealizedGainPercent: null,
  dayChange: null,
  weight: null,
});

const positions = [position("B", "9"), position("C", null), position("A", "10"), position("D", "9")];

test("figures sort by value, equal ones by symbol, missing ones last in both directions", () => {
  expect(orderSymbols(positions, { column: "marketValue", direction: "descending" })).toEqual([
    "A",
    "B",
    "D",
    "C",
  ]);
  expect(orderSymbols(positions, { column: "marketValue", direction: "ascending" })).toEqual([
    "B",
    "D",
    "A",
    "C",
  ]);
});

test("symbols sort by name", () => {
  expect(orderSymbols(positions, { column: "symbol", direction: "descending" })).toEqual([
    "D",
    "C",
    "B",
    "A",
  ]);
});

test("held rows keep their places: gone ones leave, new ones join at the end", () => {
  expect(holdOrder(["A", "B", "C"], ["D", "C", "A"])).toEqual(["A", "C", "D"]);
});
