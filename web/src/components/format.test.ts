import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatCivilDate,
  formatMoney,
  formatPercent,
  formatPrice,
  formatQuantity,
  formatShare,
  formatUnitCost,
  splitAtThousands,
} from "./format.ts";

/** The tests run in an English locale; what matters is which digits survive, not which separators a locale draws. */

describe("money", () => {
  test("has the decimals of its currency", () => {
    expect(formatMoney("1234.5", "USD")).toBe("1,234.50");
    expect(formatMoney("1234.5", "JPY")).toBe("1,235");
  });

  test("keeps every digit of an amount that a JavaScript number cannot hold", () => {
    expect(formatMoney("90071992547409931.25", "USD")).toBe("90,071,992,547,409,931.25");
  });

  test("shows a true minus sign, and a plus sign only on gains", () => {
    expect(formatMoney("-12.3", "USD")).toBe("−12.30");
    expect(formatMoney("12.3", "USD")).toBe("12.30");
    expect(formatMoney("12.3", "USD", { signed: true })).toBe("+12.30");
    expect(formatMoney("0", "USD", { signed: true })).toBe("0.00");
  });

  test("never shows a minus zero", () => {
    expect(formatMoney("-0.001", "USD")).toBe("0.00");
    expect(formatMoney("-0.001", "USD", { signed: true })).toBe("0.00");
  });

  test("carries the currency's symbol on request", () => {
    expect(formatMoney("-5", "USD", { symbol: true })).toBe("−$5.00");
  });
});

test("a price below one keeps up to six decimals, one above has those of its currency", () => {
  expect(formatPrice("0.08231", "USD")).toBe("0.08231");
  expect(formatPrice("157.2512", "USD")).toBe("157.25");
  expect(formatPrice("2500", "JPY")).toBe("2,500");
});

test("a unit cost keeps the decimals that make it multiply back to the cost", () => {
  expect(formatUnitCost("10.0125", "USD")).toBe("10.0125");
  expect(formatUnitCost("170", "USD")).toBe("170.00");
});

test("quantities have no decimals but their own", () => {
  expect(formatQuantity("100")).toBe("100");
  expect(formatQuantity("0.12345678")).toBe("0.12345678");
});

test("percentages come as percent, weights as fractions of one", () => {
  expect(formatPercent("14.5454545455", true)).toBe("+14.55%");
  expect(formatShare("0.125")).toBe("12.5%");
});

test("an age is told in the largest fitting unit", () => {
  const now = Date.parse("2026-01-05T15:30:00Z");
  expect(formatAge("2026-01-05T15:29:58Z", now)).toBe("now");
  expect(formatAge("2026-01-05T15:29:18Z", now)).toBe("40 s");
  expect(formatAge("2026-01-05T15:20:00Z", now)).toBe("10 min");
  expect(formatAge("2026-01-05T12:20:00Z", now)).toBe("3 h");
  expect(formatAge("2026-01-05T15:31:00Z", now)).toBe("now");
});

test("a long figure may be broken between thousands, never within a group or behind the point", () => {
  expect(splitAtThousands("\u2212$4,531,357.38")).toEqual(["\u2212$4,", "531,", "357.38"]);
  expect(splitAtThousands("12,34,567")).toEqual(["12,", "34,", "567"]);
  expect(splitAtThousands("0.123456")).toEqual(["0.123456"]);
});

test("a civil date is the same day in every time zone", () => {
  expect(formatCivilDate("2026-01-05")).toMatch(/5/);
  expect(formatCivilDate("2026-01-05")).not.toMatch(/4/);
});
