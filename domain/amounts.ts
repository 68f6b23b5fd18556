/*
 * The three kinds of number in a ledger, each a bigint that the type system keeps apart.
 *
 *   Quantity  shares, coins, …       counts 1e-18
 *   Price     money per one share    counts 1e-18
 *   Money     cost, proceeds, gain   counts 1e-36
 *
 * Quantity × price is therefore exact money: 18 + 18 = 36 decimals. The only place where a digit can be lost
 * is a share of a whole (`shareOf`, `divide`) or a rate (`multiplyByRate`), which rounds half to even at 1e-36. Shares of one whole are
 * taken as differences of such roundings, so that they always add up to it (see `tax-lot.ts`).
 *
 * The unary and binary operators of bigint drop the brand; `add`, `subtract`, `negate` and `magnitude` put it
 * back. They and the conversions below are the only casts.
 */
import { divideHalfEven, formatDecimal, parseDecimal, rescale } from "./decimal.ts";
import { invariant } from "./invariant.ts";

declare const kind: unique symbol;

/** A number of units of an instrument. Units: 1e-18. */
export type Quantity = bigint & { readonly [kind]: "quantity" };
/** Money per unit of an instrument, in the instrument's currency. Units: 1e-18. */
export type Price = bigint & { readonly [kind]: "price" };
/** An amount of one currency; which one travels beside it. Units: 1e-36. */
export type Money = bigint & { readonly [kind]: "money" };

/** Decimals of a quantity, of a price, and of any amount that comes in from outside. */
export const INPUT_SCALE = 18;
/** Decimals of money inside the domain and at rest. */
export const MONEY_SCALE = 36;
/** Most digits before the decimal point that are accepted from outside: what `numeric` columns promise. */
export const INTEGER_DIGITS_MAX = 20;
/** Decimals of a ratio: a weight, a percentage, a return. */
export const RATIO_SCALE = 10;

export const ZERO_QUANTITY = 0n as Quantity;
export const ZERO_MONEY = 0n as Money;

/**
 * Returns the quantity that trusted text (from our own storage, or a literal) stands for.
 *
 * Errors: malformed text is a bug.
 */
export function quantity(text: string): Quantity {
  return trusted(text, INPUT_SCALE) as Quantity;
}

/** Returns the price that trusted text stands for. Errors: malformed text is a bug. */
export function price(text: string): Price {
  return trusted(text, INPUT_SCALE) as Price;
}

/** Returns the money that trusted text of up to 36 decimals stands for. Errors: malformed text is a bug. */
export function money(text: string): Money {
  return trusted(text, MONEY_SCALE) as Money;
}

/**
 * Returns the quantity, or `undefined` when untrusted text is not a plain decimal of at most 20 integer
 * digits and 18 decimals. The sign is not judged here: that is a rule of the ledger (`invalid-quantity`).
 */
export function parseQuantity(text: string): Quantity | undefined {
  return parseInput(text) as Quantity | undefined;
}

/** Returns the price, or `undefined` when untrusted text is malformed or too long, as in `parseQuantity`. */
export function parsePrice(text: string): Price | undefined {
  return parseInput(text) as Price | undefined;
}

/** Returns the money, or `undefined` when untrusted text is malformed or too long, as in `parseQuantity`. */
export function parseMoney(text: string): Money | undefined {
  const value = parseInput(text);
  return value === undefined ? undefined : (rescale(value, INPUT_SCALE, MONEY_SCALE) as Money);
}

/** Returns the quantity as exact decimal text. */
export function formatQuantity(value: Quantity): string {
  return formatDecimal(value, INPUT_SCALE);
}

/** Returns the price as exact decimal text. */
export function formatPrice(value: Price): string {
  return formatDecimal(value, INPUT_SCALE);
}

/** Returns the money as exact decimal text, up to 36 decimals. */
export function formatMoney(value: Money): string {
  return formatDecimal(value, MONEY_SCALE);
}

/** Returns quantity × price, exactly. */
export function multiply(units: Quantity, unitPrice: Price): Money {
  return (units * unitPrice) as Money;
}

/**
 * Returns what the quantity, counted in 1e-18 / `unit` of a share, is worth at a price: exact while `unit` is
 * 1, else rounded half to even at 1e-36.
 */
export function multiplyUnits(units: Quantity, unit: bigint, unitPrice: Price): Money {
  return (unit === 1n ? units * unitPrice : divideHalfEven(units * unitPrice, unit)) as Money;
}

/** Returns the amount in another currency, rounded half to even at 1e-36. */
export function multiplyByRate(amount: Money, rate: Price): Money {
  return rescale(amount * rate, MONEY_SCALE + INPUT_SCALE, MONEY_SCALE) as Money;
}

/**
 * Returns `total × part / whole`, multiplied before divided, rounded half to even at 1e-36.
 *
 * Errors: a whole of zero is a bug.
 * Example: a third of 10, `shareOf(money("10"), quantity("1"), quantity("3"))`, is 3.333… with 36 threes.
 */
export function shareOf(total: Money, part: Quantity, whole: Quantity): Money {
  if (!endsInZeroBits(part) || !endsInZeroBits(whole)) return divideHalfEven(total * part, whole) as Money;
  return divideHalfEven(total * (part >> ZERO_BITS), whole >> ZERO_BITS) as Money;
}

// A count of 1e-18 that has at most six decimals is a multiple of 10^12, and so of 2^12. Without these zeros up to
// 75,000 shares fit a machine word, and dividing by one word takes a third of the time that dividing by two takes.
const ZERO_BITS = 12n;

function endsInZeroBits(value: Quantity): boolean {
  return BigInt.asUintN(12, value) === 0n;
}

/** Returns `total / units` (a unit cost), rounded half to even at 1e-36. Errors: zero units are a bug. */
export function divide(total: Money, units: Quantity): Money {
  return divideHalfEven(rescale(total, 0, INPUT_SCALE), units) as Money;
}

/**
 * Returns `a / b` as decimal text rounded to 10 decimals, or `undefined` when `b` is zero.
 *
 * Example: `ratio(money("1"), money("3"))` is `"0.3333333333"`.
 */
export function ratio(a: Money, b: Money): string | undefined {
  if (b === 0n) return undefined;
  return formatDecimal(divideHalfEven(rescale(a, 0, RATIO_SCALE), b), RATIO_SCALE);
}

/** Returns `100 × part / whole` like `ratio`, or `undefined` when the whole is zero. Units: percent. */
export function percentage(part: Money, whole: Money): string | undefined {
  return ratio((part * 100n) as Money, whole);
}

/** Returns the money as decimal text rounded half to even to `scale` decimals: for display and output only. */
export function roundMoney(value: Money, scale: number): string {
  return formatDecimal(rescale(value, MONEY_SCALE, scale), scale);
}

/**
 * Returns the quantity, counted in 1e-18 / `unit` of a share, as decimal text rounded half to even to `scale`
 * decimals, once: for output only.
 */
export function roundQuantity(value: Quantity, scale: number, unit = 1n): string {
  if (unit === 1n) return formatDecimal(rescale(value, INPUT_SCALE, scale), scale);
  return formatDecimal(divideHalfEven(rescale(value, 0, scale), unit * 10n ** BigInt(INPUT_SCALE)), scale);
}

/** Returns `a + b`; both are of one kind. */
export function add<A extends Quantity | Price | Money>(a: A, b: A): A {
  return (a + b) as A;
}

/** Returns `a - b`; both are of one kind. */
export function subtract<A extends Quantity | Price | Money>(a: A, b: A): A {
  return ((a as bigint) - b) as A;
}

/** Returns `-a`. */
export function negate<A extends Quantity | Price | Money>(a: A): A {
  return -(a as bigint) as A;
}

/** Returns `a` without its sign. */
export function magnitude<A extends Quantity | Price | Money>(a: A): A {
  return a < 0n ? negate(a) : a;
}

/** Returns the lesser of two quantities. */
export function lesser(a: Quantity, b: Quantity): Quantity {
  return a < b ? a : b;
}

function trusted(text: string, scale: number): bigint {
  const value = parseDecimal(text, scale);
  // Asked first: the message is not to be made for every amount that is read.
  if (value === undefined)
    invariant(false, `not a decimal of at most ${scale} decimals: "${text.slice(0, 80)}"`);
  return value;
}

const INPUT_LIMIT = 10n ** BigInt(INTEGER_DIGITS_MAX + INPUT_SCALE);

// Text is measured before it becomes a number: turning a million digits into a bigint takes a second.
const INPUT_LENGTH_MAX = 200;

function parseInput(text: string): bigint | undefined {
  if (text.length > INPUT_LENGTH_MAX) return undefined;
  const value = parseDecimal(text, INPUT_SCALE);
  if (value === undefined || value >= INPUT_LIMIT || value <= -INPUT_LIMIT) return undefined;
  return value;
}
