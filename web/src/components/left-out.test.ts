import { expect, test } from "vitest";
import type { Totals } from "#contracts/portfolios.ts";
import { leftOut, whyNoValue } from "./left-out.ts";

const totals = (given: Partial<Totals>): Totals => ({
  marketValue: "0.00",
  costBasis: "70",
  unrealizedGain: "0",
  unrealizedGainPercent: null,
  realizedGain: "0",
  dayChange: "0",
  asOf: null,
  stale: false,
  unpriced: 0,
  missingRates: [],
  ...given,
});

test("what is left out of a total is told", () => {
  expect(leftOut(totals({}))).toEqual([]);
  expect(leftOut(totals({ unpriced: 1 }))).toEqual(["1 position has no price: left out"]);
  expect(leftOut(totals({ unpriced: 2, missingRates: ["USD", "CHF"] }))).toEqual([
    "2 positions have no price: left out",
    "No exchange rate for USD, CHF: left out",
  ]);
});

test("a zero is no value only where something held could not be valued", () => {
  expect(whyNoValue(totals({}))).toBeUndefined();
  expect(whyNoValue(totals({ unpriced: 1 }))).toMatch(/no/i);
  expect(whyNoValue(totals({ unpriced: 1, marketValue: "12" }))).toBeUndefined();
});
