import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNegligible, plus, pureNumber, type PureNumber, roundPureNumber } from "../pure-number.ts";
import { normalQuantile } from "./normal-quantile.ts";
import { historicalValueAtRisk, parametricValueAtRisk } from "./value-at-risk.ts";

const TEN = "-0.05 -0.02 -0.01 0 0.01 0.01 0.02 0.02 0.03 0.1".split(" ").map(pureNumber);

describe("value at risk", () => {
  it.each([
    ["0.95", "0.0365", "0.0531516345"],
    ["0.99", "0.0473", "0.0797308809"],
    ["0.5", "-0.01", "-0.011"],
    ["1", "0.05", null],
    ["0", "-0.1", null],
  ])("at %s is %s as it was and %s if normal", (confidence, historical, parametric) => {
    const level = pureNumber(confidence);
    expect(print(historicalValueAtRisk(TEN, level))).toBe(historical);
    expect(print(parametricValueAtRisk(TEN, level))).toBe(parametric);
  });

  it("does not fall when more confidence is asked for", () => {
    const returns = fc.array(fc.integer({ min: -900, max: 900 }).map(permille), {
      minLength: 2,
      maxLength: 12,
    });
    const level = fc.integer({ min: 1, max: 999 }).map(permille);
    fc.assert(
      fc.property(returns, level, level, (list, a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        for (const valueAtRisk of [historicalValueAtRisk, parametricValueAtRisk]) {
          expect((valueAtRisk(list, less) ?? 0n) <= (valueAtRisk(list, more) ?? 0n)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});

// The expected digits are those of mpmath 1.3 at 70 digits.
describe("the normal quantile", () => {
  it.each([
    ["0.05", "-1.6448536269514727148638489079916321360832"],
    ["0.01", "-2.3263478740408411008856061633469117233518"],
    ["0.025", "-1.9599639845400542355245944305205515279556"],
    ["0.000001", "-4.7534243088228989481939881870042750056422"],
    ["0.000000000000000001", "-8.7572903487823150638811286221420828183378"],
    ["0.3", "-0.5244005127080407840382893250251225543254"],
    ["0.975", "1.9599639845400542355245944305205515279556"],
  ])("of %s is %s", (probability, expected) => {
    expect(roundPureNumber(normalQuantile(pureNumber(probability)), 40)).toBe(expected);
  });

  it("is symmetric about one half", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 499 }), (each) => {
        const sum = plus(normalQuantile(permille(each)), normalQuantile(permille(1000 - each)));
        expect(isNegligible(sum)).toBe(true);
      }),
      { numRuns: 20 },
    );
    expect(normalQuantile(pureNumber("0.5"))).toBe(0n);
  });

  it("has no value at 0 and 1", () => {
    expect(() => normalQuantile(pureNumber("0"))).toThrow("a probability is between 0 and 1");
    expect(() => normalQuantile(pureNumber("1"))).toThrow("a probability is between 0 and 1");
  });
});

function permille(value: number): PureNumber {
  return pureNumber((value / 1000).toFixed(3));
}

function print(value: PureNumber | null): string | null {
  return value === null ? null : roundPureNumber(value, 10);
}
