import { expect, test } from "vitest";
import { formatFormula } from "./formula.ts";

test("the figures of a formula are written as everywhere else", () => {
  expect(formatFormula("15000 × 80 ÷ 100")).toBe("15,000 × 80 ÷ 100");
  expect(formatFormula("(12000.5 − 3) × 0.9")).toBe("(12,000.5 − 3) × 0.9");
  expect(formatFormula("-1234.5 + 2")).toBe("−1,234.5 + 2");
});

test("a long tail is cut for the eye", () => {
  expect(formatFormula("1 ÷ 7 = 0.142857142857142857")).toBe("1 ÷ 7 = 0.14285714");
});

test("dates, ratios and names stay as they are", () => {
  expect(formatFormula("lot of 2026-01-05 split 2:1 into ACME2.SIM")).toBe(
    "lot of 2026-01-05 split 2:1 into ACME2.SIM",
  );
});
