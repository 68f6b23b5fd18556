import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  minus,
  ONE,
  plus,
  productOf,
  pureNumber,
  type PureNumber,
  quotientOf,
  roundPureNumber,
} from "../pure-number.ts";
import { maxDrawdown } from "./drawdown.ts";

describe("the deepest drawdown", () => {
  it.each([
    ["empyrical, mixed_returns", "0.01 0.1 -0.04 0.02 0.03 0.02 0.01 -0.1", ["-0.1", 7, 8, null]],
    ["empyrical, flat_line_1", "0.01 0.01 0.01", ["0", 0, 0, null]],
    [
      "portfolio-analytics-system: a loss on the first day counts",
      "-0.05 -0.02 -0.01 0 0.01 0.01 0.02 0.02 0.03 0.1",
      ["-0.07831", 0, 3, 9],
    ],
    ["the example above", "0.1 -0.2 0.05 0.3", ["-0.2", 1, 2, 4]],
    ["there is none without returns", "", ["0", 0, 0, null]],
    ["the first of equally deep ones", "-0.1 0.5 -0.1 0.5", ["-0.1", 0, 1, 2]],
    ["the first of equal peaks", "0.1 0 -0.1", ["-0.1", 1, 3, null]],
    ["a deeper one after the recovery of another", "-0.1 0.2 -0.3 0.1", ["-0.3", 2, 3, null]],
    ["a deeper one before any recovery keeps the peak", "-0.1 -0.1 0.05 -0.2", ["-0.3196", 0, 4, null]],
    ["everything lost stays lost", "0.1 -1 5", ["-1", 1, 2, null]],
  ])("%s", (_rule, returns, expected) => {
    expect(print(maxDrawdown(read(returns)))).toEqual(expected);
  });

  it("is made up by a return that no decimal holds", () => {
    const ninth = quotientOf(1n, 9n);
    expect(print(maxDrawdown([pureNumber("-0.1"), ninth]))).toEqual(["-0.1", 0, 1, 2]);
    expect(print(maxDrawdown([pureNumber("-0.1"), ninth, pureNumber("-0.1")]))).toEqual(["-0.1", 0, 1, 2]);
  });

  it("is what comparing every value with every later one finds", () => {
    // Of few distinct returns, so that values come back and depths repeat.
    const each = fc.constantFrom("-0.5", "-0.2", "0", "0.25", "1").map(pureNumber);
    fc.assert(
      fc.property(fc.array(each, { maxLength: 12 }), (returns) => {
        const { depth, peak, trough, recovery } = maxDrawdown(returns);
        const index = [ONE];
        for (const rate of returns) index.push(productOf(index.at(-1) ?? ONE, plus(ONE, rate)));
        const falls = index.flatMap((value, from) =>
          index.slice(from).map((later) => minus(quotientOf(later, value), ONE)),
        );
        expect(depth).toBe(falls.reduce((a, b) => (b < a ? b : a), 0n as PureNumber));
        expect(depth <= 0n).toBe(true);
        if (depth === 0n) return;
        expect(minus(quotientOf(index[trough] ?? ONE, index[peak] ?? ONE), ONE)).toBe(depth);
        const later = index.findIndex((value, at) => at > trough && value >= (index[peak] ?? ONE));
        expect(recovery).toBe(later === -1 ? null : later);
      }),
      { numRuns: 500 },
    );
  });
});

function print({ depth, peak, trough, recovery }: ReturnType<typeof maxDrawdown>) {
  return [roundPureNumber(depth, 10), peak, trough, recovery];
}

function read(text: string): PureNumber[] {
  return text === "" ? [] : text.split(" ").map(pureNumber);
}
