/*
 * Decimal text <-> scaled integer.
 *
 * Problem: 0.1 + 0.2 is not 0.3 in floating point, and a float cannot hold 9007199254740993.01 at all.
 * Approach: a decimal is a bigint that counts units of 10^-scale; "1.5" at scale 3 is 1500n. Addition and
 * comparison are then those of whole numbers, and rounding happens only where a digit is dropped on
 * purpose: always half to even, because always rounding ties up would let many small ties add up to a bias.
 * Limits: the scale is not part of the value, the caller has to know it (`amounts.ts` ties it to a type).
 *
 * Roots, powers and exponentials have no exact decimal; decimal.js works them out. Only this file imports it,
 * because a second configuration of it would silently calculate with another precision.
 */
import { Decimal } from "decimal.js";
import { invariant } from "./invariant.ts";

const PLAIN_DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Returns the text as a count of units of 10^-scale, or `undefined` when it is not a plain decimal
 * (`-12`, `0.50`; no exponent, plus sign, spaces or bare point) or needs more than `scale` decimals.
 * Trailing zeros need no room. Nothing is ever rounded.
 *
 * Example: `parseDecimal("1.50", 1)` is `15n`; `parseDecimal("1.55", 1)` is `undefined`.
 */
export function parseDecimal(text: string, scale: number): bigint | undefined {
  return parseShort(text, scale) ?? parseAny(text, scale);
}

/** Most characters whose digits a float is sure to hold. */
const SHORT_LENGTH_MAX = 15;

/**
 * Nearly all amounts that people trade in are short. Their digits are added up as a float, which takes a fifth of the time
 * that a pattern, padding and a bigint of forty digits take. `undefined`: not for here, which says nothing about the text.
 */
function parseShort(text: string, scale: number): bigint | undefined {
  const { length } = text;
  if (length > SHORT_LENGTH_MAX) return undefined;
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  let digits = 0;
  let point = length;
  for (let index = start; index < length; index++) {
    const code = text.charCodeAt(index);
    const digit = code - DIGIT_ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (code === POINT && point === length) point = index;
    else return undefined;
  }
  const decimals = point === length ? 0 : length - point - 1;
  const isPlain = point > start && point !== length - 1;
  if (!isPlain || decimals > scale) return undefined;
  return BigInt(start === 0 ? digits : -digits) * powerOfTen(scale - decimals);
}

const [MINUS, POINT, DIGIT_ZERO] = [45, 46, 48];

function parseAny(text: string, scale: number): bigint | undefined {
  const match = PLAIN_DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", allDecimals = ""] = match;
  const decimals = dropTrailingZeros(allDecimals);
  if (decimals.length > scale) return undefined;
  const magnitude = BigInt(whole + decimals.padEnd(scale, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

/**
 * Returns the value as plain decimal text: no exponent, no trailing zeros, no minus zero.
 *
 * Units: `value` counts units of 10^-scale.
 * Example: `formatDecimal(-1500n, 3)` is `"-1.5"`.
 */
export function formatDecimal(value: bigint, scale: number): string {
  if (value === 0n) return "0";
  const signLength = value < 0n ? 1 : 0;
  const unpadded = value.toString();
  const digits = unpadded.length - signLength > scale ? unpadded : padded(unpadded, signLength, scale + 1);
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === DIGIT_ZERO) end -= 1;
  return end === point ? digits.slice(0, point) : `${digits.slice(0, point)}.${digits.slice(point, end)}`;
}

function padded(text: string, signLength: number, digits: number): string {
  return text.slice(0, signLength) + text.slice(signLength).padStart(digits, "0");
}

/**
 * Returns the quotient rounded to a whole number, ties to the even neighbour.
 *
 * Errors: a denominator of zero is a bug.
 * Example: `divideHalfEven(5n, 2n)` is `2n`, `divideHalfEven(7n, 2n)` is `4n`, `divideHalfEven(-5n, 2n)` is `-2n`.
 */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  invariant(denominator !== 0n, "division by zero");
  if (numerator < 0n || denominator < 0n) return divideSignedHalfEven(numerator, denominator);
  // Half of the denominator added before the division rounds to the nearest, and ties up: a step less than looking at
  // the remainder, and bigints cost by the step.
  const raised = numerator + (denominator >> 1n);
  const quotient = raised / denominator;
  const isTie = isEven(denominator) && isProduct(raised, quotient, denominator);
  return isTie && !isEven(quotient) ? quotient - 1n : quotient;
}

function isEven(value: bigint): boolean {
  return BigInt.asUintN(1, value) === 0n;
}

// The last 64 bits, which take no allocation to work out, tell nearly always that it is not.
function isProduct(value: bigint, a: bigint, b: bigint): boolean {
  return BigInt.asUintN(64, value) === BigInt.asUintN(64, a * b) && value === a * b;
}

function divideSignedHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  // Multiplying back costs half of what a second division does.
  const remainder = numerator - quotient * denominator;
  if (remainder === 0n) return quotient;
  const twice = 2n * magnitudeOf(remainder);
  const whole = magnitudeOf(denominator);
  const awayFromZero = twice > whole || (twice === whole && quotient % 2n !== 0n);
  if (!awayFromZero) return quotient;
  return numerator < 0n === denominator < 0n ? quotient + 1n : quotient - 1n;
}

/**
 * Returns the decimal text rounded to `scale` decimals, ties to even.
 *
 * Errors: text that is not a plain decimal is a bug; parse untrusted text first.
 * Example: `roundDecimal("1.005", 2)` is `"1"`, `roundDecimal("1.015", 2)` is `"1.02"`.
 */
export function roundDecimal(text: string, scale: number): string {
  const point = text.indexOf(".");
  const ownScale = point === -1 ? 0 : text.length - point - 1;
  const value = parseDecimal(text, ownScale);
  invariant(value !== undefined, `not a plain decimal: "${text}"`);
  return formatDecimal(rescale(value, ownScale, scale), scale);
}

/**
 * Returns the same value counted in units of 10^-to instead of 10^-from; exact when `to >= from`, else
 * rounded half to even.
 */
export function rescale(value: bigint, from: number, to: number): bigint {
  return to >= from ? value * powerOfTen(to - from) : divideHalfEven(value, powerOfTen(from - to));
}

/**
 * Returns the square root, rounded half to even at its last digit.
 *
 * Units: argument and result count units of 10^-scale.
 * Errors: a negative value is a bug.
 */
export function squareRoot(value: bigint, scale: number): bigint {
  invariant(value >= 0n, "square root of a negative number");
  const Precise = preciseFor(value, scale);
  return fromPrecise(new Precise(formatDecimal(value, scale)).sqrt(), scale);
}

/**
 * Returns `base` to the power of `numerator / denominator`, rounded half to even at its last digit.
 *
 * Units: argument and result count units of 10^-scale.
 * Errors: a negative base, or an exponent that is not above 0 and at most 1, is a bug.
 */
export function fractionalPower(
  base: bigint,
  exponent: { readonly numerator: number; readonly denominator: number },
  scale: number,
): bigint {
  const { numerator, denominator } = exponent;
  invariant(base >= 0n, "power of a negative number");
  invariant(numerator > 0 && numerator <= denominator, `exponent ${numerator}/${denominator}`);
  if (numerator === denominator || base === 0n) return base;
  const Precise = preciseFor(base, scale);
  const exact = new Precise(formatDecimal(base, scale));
  return fromPrecise(exact.pow(new Precise(numerator).div(denominator)), scale);
}

/**
 * Returns e to the power of the value, rounded half to even at its last digit.
 *
 * Units: argument and result count units of 10^-scale.
 * Errors: a positive value is a bug; its exponential may have more digits than the calculation.
 */
export function exponential(value: bigint, scale: number): bigint {
  invariant(value <= 0n, "exponential of a positive number");
  const Precise = preciseFor(value, scale);
  return fromPrecise(new Precise(formatDecimal(value, scale)).exp(), scale);
}

// 80 decimals, which is what rates are counted in, and as many digits before the point as money has.
const SIGNIFICANT_DIGITS_MIN = 120;
// A value of 200 digits is calculated with 220, so that the last of them is still right.
const GUARD_DIGITS = 20;

const Precise120 = /* @__PURE__ */ Decimal.clone({
  defaults: true,
  precision: SIGNIFICANT_DIGITS_MIN,
  rounding: 6, // half to even
});

/** The decimals in which a function of this value is right to its last digit. */
function preciseFor(value: bigint, scale: number): typeof Precise120 {
  const digits = Math.max(formatDecimal(value, 0).length, scale) + GUARD_DIGITS;
  return digits <= SIGNIFICANT_DIGITS_MIN ? Precise120 : Precise120.clone({ precision: digits });
}

function fromPrecise(value: Decimal, scale: number): bigint {
  const units = parseDecimal(value.toFixed(scale, Precise120.rounding), scale);
  invariant(units !== undefined, "the result has no decimals");
  return units;
}

const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 64 }, (_, exponent) => 10n ** BigInt(exponent));

function powerOfTen(exponent: number): bigint {
  return POWERS_OF_TEN[exponent] ?? 10n ** BigInt(exponent);
}

function magnitudeOf(value: bigint): bigint {
  return value < 0n ? -value : value;
}

// A loop and not /0+$/, which backtracks: a megabyte of "0…01" would take minutes.
function dropTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === DIGIT_ZERO) end -= 1;
  return digits.slice(0, end);
}
