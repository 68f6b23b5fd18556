import { expect, test } from "vitest";
import { restOf, shareOf, toFraction, toPercent } from "./cost-share.ts";

test.each([
  ["20", "percent", "0.2"],
  ["12.5", "percent", "0.125"],
  ["100", "percent", "1"],
  ["0", "percent", "0"],
  ["0.0000000000000001", "percent", "0.000000000000000001"],
  ["0.2", "fraction", "0.2"],
  ["1", "fraction", "1"],
] as const)("%s as %s is %s", (text, unit, fraction) => {
  expect(toFraction(text, unit)).toBe(fraction);
});

test.each([
  ["100.01", "percent"],
  ["-1", "percent"],
  ["1.01", "fraction"],
  ["20", "fraction"],
  ["0.00000000000000001", "percent"],
  ["", "percent"],
] as const)("%j as %s is no share of a whole", (text, unit) => {
  expect(toFraction(text, unit)).toBeUndefined();
});

test("a fraction comes back in per cent, and its rest completes it", () => {
  expect(toPercent("0.125")).toBe("12.5");
  expect(toPercent("1")).toBe("100");
  expect(restOf("0.125")).toBe("0.875");
});

test("a share of an amount is exact", () => {
  expect(shareOf("1000", "0.2")).toBe("200");
  expect(shareOf("0.01", "0.333333333333333333")).toBe("0.00333333333333333333");
});
