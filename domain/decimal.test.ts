import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divideHalfEven,
  exponential,
  formatDecimal,
  fractionalPower,
  parseDecimal,
  rescale,
  roundDecimal,
  squareRoot,
} from "./decimal.ts";

describe("parseDecimal", () => {
  it.each([
    ["0", 0, 0n],
    ["-0", 2, 0n],
    ["12", 3, 12_000n],
    ["-0.5", 1, -5n],
    ["1.50", 1, 15n],
    ["007.1", 1, 71n],
    ["9007199254740993.01", 2, 900719925474099301n],
  ])("reads %s at scale %i", (text, scale, expected) => {
    expect(parseDecimal(text, scale)).toBe(expected);
  });

  it.each([
    "",
    " 1",
    "1 ",
    "+1",
    "1.",
    ".5",
    "1e3",
    "1E-8",
    "0x10",
    "1,5",
    "NaN",
    "Infinity",
    "--1",
    "1\n",
    "١",
  ])("refuses %j", (text) => {
    expect(parseDecimal(text, 18)).toBeUndefined();
  });

  it("refuses more decimals than the scale holds instead of rounding them", () => {
    expect(parseDecimal("1.55", 1)).toBeUndefined();
    expect(parseDecimal("0.0000000000000000001", 18)).toBeUndefined();
  });

  it("reads a long run of zeros in linear time", () => {
    expect(parseDecimal(`0.${"0".repeat(1_000_000)}1`, 18)).toBeUndefined();
  });
});

describe("formatDecimal", () => {
  it.each([
    [0n, 18, "0"],
    [-1500n, 3, "-1.5"],
    [1n, 18, "0.000000000000000001"],
    [10n ** 40n, 18, "10000000000000000000000"],
    [-7n, 0, "-7"],
  ])("writes %s at scale %i without exponent", (value, scale, expected) => {
    expect(formatDecimal(value, scale)).toBe(expected);
  });

  it("writes what parseDecimal reads back", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(40), (value, scale) => {
        expect(parseDecimal(formatDecimal(value, scale), scale)).toBe(value);
      }),
    );
  });
});

describe("rounding", () => {
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [5n, -2n, -2n],
    [-8n, -3n, 3n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
  ])("%s / %s is %s, ties to even", (numerator, denominator, expected) => {
    expect(divideHalfEven(numerator, denominator)).toBe(expected);
  });

  it("is the nearest whole number to the exact fraction, and even on a tie", () => {
    const divisor = fc.bigInt().filter((value) => value !== 0n);
    fc.assert(
      fc.property(fc.bigInt(), divisor, (numerator, denominator) => {
        const quotient = divideHalfEven(numerator, denominator);
        const twiceError = absolute(2n * (numerator - quotient * denominator));
        expect(twiceError <= absolute(denominator)).toBe(true);
        if (twiceError === absolute(denominator)) expect(quotient % 2n).toBe(0n);
      }),
      { numRuns: 1000 },
    );
  });

  it("rounds a tie to even and its neighbours to the nearest, however many words the numbers take", () => {
    const size = fc.bigInt({ min: 1n, max: 2n ** 300n });
    fc.assert(
      fc.property(size, size, fc.boolean(), (quotient, half, isNegative) => {
        const sign = isNegative ? -1n : 1n;
        const even = quotient % 2n === 0n ? quotient : quotient + 1n;
        const tie = (2n * quotient + 1n) * half;
        expect(divideHalfEven(sign * tie, 2n * half)).toBe(sign * even);
        expect(divideHalfEven(sign * (tie + 1n), 2n * half)).toBe(sign * (quotient + 1n));
        expect(divideHalfEven(sign * (tie - 1n), 2n * half)).toBe(sign * quotient);
      }),
      { numRuns: 1000 },
    );
  });

  it("throws on a division by zero", () => {
    expect(() => divideHalfEven(1n, 0n)).toThrow("division by zero");
  });

  it.each([
    ["1.005", 2, "1"],
    ["1.015", 2, "1.02"],
    ["-1.005", 2, "-1"],
    ["999999.999", 2, "1000000"],
    ["2.5", 0, "2"],
    ["-0.000000001", 8, "0"],
    ["1.5", 4, "1.5"],
  ])("rounds %s to %i decimals", (text, scale, expected) => {
    expect(roundDecimal(text, scale)).toBe(expected);
  });

  it("throws on text that is no decimal", () => {
    expect(() => roundDecimal("1e3", 2)).toThrow("not a plain decimal");
  });

  it("rescales up exactly and back without loss", () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.nat(80), (value, more) => {
        expect(rescale(rescale(value, 0, more), more, 0)).toBe(value);
      }),
    );
  });
});

// The expected digits are those of mpmath 1.3 at 150 digits.
describe("roots, powers and exponentials", () => {
  it.each([
    ["0", 10, "0"],
    ["4", 0, "2"],
    ["0.000001", 6, "0.001"],
    ["2", 80, "1.41421356237309504880168872420969807856967187537694807317667973799073247846210704"],
  ])("the root of %s at scale %i", (value, scale, expected) => {
    expect(formatDecimal(squareRoot(units(value, scale), scale), scale)).toBe(expected);
  });

  it.each([
    ["0", 365, 730, "0"],
    ["1.5", 365, 365, "1.5"],
    ["1.21", 365, 730, "1.1"],
    [
      "1.0978849813",
      365,
      1234,
      "1.02800718293908218078708214193649755275294673915098512729202207257347846288558572",
    ],
    [
      `1${"0".repeat(60)}`,
      1,
      7,
      "372759372.03149401661724906094730409920771828011093488533716004749210918776517449037824998",
    ],
  ])("%s to the power of %i/%i", (base, numerator, denominator, expected) => {
    const result = fractionalPower(units(base, 80), { numerator, denominator }, 80);
    expect(formatDecimal(result, 80)).toBe(expected);
  });

  it.each([
    ["0", "1"],
    ["-1.5", "0.2231301601484298289332804707640125213421716293610793287"],
    ["-200", "0"],
  ])("e to the power of %s", (value, expected) => {
    expect(formatDecimal(exponential(units(value, 55), 55), 55)).toBe(expected);
  });

  it("the square of a root of a long number is that number, to the last digit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 300n }), (root) => {
        expect(squareRoot(root * root, 0)).toBe(root);
      }),
    );
  });

  it("throws where there is no result, or one with more digits than were provided for", () => {
    expect(() => squareRoot(-1n, 0)).toThrow("square root of a negative number");
    expect(() => fractionalPower(-1n, { numerator: 1, denominator: 2 }, 0)).toThrow("power of a negative");
    expect(() => fractionalPower(2n, { numerator: 3, denominator: 2 }, 0)).toThrow("exponent 3/2");
    expect(() => exponential(1n, 0)).toThrow("exponential of a positive number");
  });
});

function units(text: string, scale: number): bigint {
  const value = parseDecimal(text, scale);
  if (value === undefined) throw new Error(`not a decimal: ${text}`);
  return value;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
