/*
 * An exact fraction, for the few figures of a ledger that no fixed number of decimals holds and on which a
 * decision hangs: the ratio of a split, the share of a spin-off, the unit cost that HIFO ranks by.
 *
 * Amounts that are only added up stay whole numbers (`amounts.ts`): a running sum of fractions doubles its
 * digits with every new denominator, and nobody decides anything by its thirty-seventh decimal.
 */
import { invariant } from "./invariant.ts";

/** Shape: in lowest terms, denominator above zero. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ZERO_RATIO: Ratio = { numerator: 0n, denominator: 1n };

/** Returns `numerator / denominator` in lowest terms. Errors: a denominator of zero is a bug. */
export function ratioOf(numerator: bigint, denominator: bigint): Ratio {
  invariant(denominator !== 0n, "a ratio has no denominator");
  const divisor = greatestCommonDivisor(numerator, denominator);
  const sign = denominator < 0n ? -1n : 1n;
  return { numerator: (sign * numerator) / divisor, denominator: (sign * denominator) / divisor };
}

/** Returns `a + b`. */
export function addRatios(a: Ratio, b: Ratio): Ratio {
  return ratioOf(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** Returns `a − b`. */
export function subtractRatios(a: Ratio, b: Ratio): Ratio {
  return ratioOf(a.numerator * b.denominator - b.numerator * a.denominator, a.denominator * b.denominator);
}

/** Returns `a × b`. */
export function multiplyRatios(a: Ratio, b: Ratio): Ratio {
  return ratioOf(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** Returns `a ÷ b`. Errors: dividing by zero is a bug. */
export function divideRatios(a: Ratio, b: Ratio): Ratio {
  return ratioOf(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** Negative when `a` is less than `b`, zero when they are the same number. */
export function compareRatios(a: Ratio, b: Ratio): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Returns the greatest number that divides both, without sign; zero when both are zero. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
