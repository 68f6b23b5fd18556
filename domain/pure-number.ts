/*
 * A number without a unit: a return, a ratio, a weight, a probability. A bigint that counts 10^-80.
 *
 * Returns of 2,000 days cannot be linked as exact fractions: their product would have 80,000 digits. Eighty
 * decimals are seventy more than are printed, so that no chain of calculations reaches the printed ones. What
 * does not fit is cut off, not rounded, which takes half the time and is as good seventy places further on.
 *
 * What a fixed number of decimals cannot tell is whether two results are the same or only differ in the last
 * place: a third of 3 and 1 are not. `isNegligible` draws that line for comparisons on which a figure hangs
 * (has the loss been made up? is there any deviation at all?). Amounts come with 36 decimals, so the noise
 * that rounding leaves is near 10^-36, and the smallest difference that real returns can have is near 10^-18.
 */
import { divideHalfEven, formatDecimal, parseDecimal, rescale, squareRoot } from "./decimal.ts";
import { invariant } from "./invariant.ts";

declare const kind: unique symbol;

/** A number without a unit. Units: 1e-80. */
export type PureNumber = bigint & { readonly [kind]: "pure number" };

/** Decimals of a pure number. */
export const PURE_SCALE = 80;
const UNITS_PER_ONE = 10n ** BigInt(PURE_SCALE);
const NEGLIGIBLE_BELOW = 10n ** BigInt(PURE_SCALE - 30);

export const ZERO = 0n as PureNumber;
export const ONE = UNITS_PER_ONE as PureNumber;

/** Returns the number that trusted text stands for. Errors: malformed text is a bug. */
export function pureNumber(text: string): PureNumber {
  const value = parsePureNumber(text);
  invariant(value !== undefined, `not a decimal of at most ${PURE_SCALE} decimals: "${text.slice(0, 120)}"`);
  return value;
}

/** Returns the number, or `undefined` when the text is not a plain decimal of at most 80 decimals. */
export function parsePureNumber(text: string): PureNumber | undefined {
  return parseDecimal(text, PURE_SCALE) as PureNumber | undefined;
}

/** Returns the whole number as a pure number. Errors: one that is not whole is a bug. */
export function wholeNumber(value: number): PureNumber {
  invariant(Number.isSafeInteger(value), `not a whole number: ${value}`);
  return (BigInt(value) * UNITS_PER_ONE) as PureNumber;
}

/** Returns the number as decimal text, rounded half to even to `scale` decimals: for output only. */
export function roundPureNumber(value: PureNumber, scale: number): string {
  return formatDecimal(rescale(value, PURE_SCALE, scale), scale);
}

/**
 * Returns `numerator / denominator`, cut off after the last place. Both count the same unit.
 *
 * Errors: a denominator of zero is a bug.
 */
export function quotientOf(numerator: bigint, denominator: bigint): PureNumber {
  invariant(denominator !== 0n, "division by zero");
  return ((numerator * UNITS_PER_ONE) / denominator) as PureNumber;
}

/** Returns `a × b`, cut off after the last place. */
export function productOf(a: PureNumber, b: PureNumber): PureNumber {
  return ((a * b) / UNITS_PER_ONE) as PureNumber;
}

/** Returns `a + b`. */
export function plus(a: PureNumber, b: PureNumber): PureNumber {
  return ((a as bigint) + b) as PureNumber;
}

/** Returns `a − b`. */
export function minus(a: PureNumber, b: PureNumber): PureNumber {
  return ((a as bigint) - b) as PureNumber;
}

/** Returns the square root of `numerator / denominator`. Errors: that of a negative number is a bug. */
export function rootOfQuotient(numerator: bigint, denominator: bigint): PureNumber {
  // At twice the scale, so that the root of a small number has as many decimals as any other number.
  const square = divideHalfEven(numerator * UNITS_PER_ONE * UNITS_PER_ONE, denominator);
  return rescale(squareRoot(square, 2 * PURE_SCALE), 2 * PURE_SCALE, PURE_SCALE) as PureNumber;
}

/** Whether the number is so near zero that only rounding can have kept it from being zero. */
export function isNegligible(value: PureNumber): boolean {
  return value < NEGLIGIBLE_BELOW && value > -NEGLIGIBLE_BELOW;
}
