/*
 * The one yearly rate at which all flows are worth nothing together (XIRR): what a bank account would have to
 * pay for the same money in and out on the same days.
 *
 *   day   0: −1000    day 365: +600    day 730: +600      1000 = 600 / 1.1306… + 600 / 1.1306…²      r = 13.06… %
 *
 * There may be no such rate, or several: −100, +230, −132 a year apart is zero at 10 % and at 20 %. An iteration
 * from a guess returns one of them, or something else. Here all roots are located first (`locate-roots.ts`), and
 * only if there is exactly one is it worked out (`refine-root.ts`), to 38 decimals.
 *
 * Limits: a rate at which the value touches zero without crossing it counts as one rate. It is told from two
 * rates very near each other, or from none, by 200 bits of the flows' sum.
 */
import { type Money, subtract } from "../amounts.ts";
import type { DayNumber } from "../day-number.ts";
import { rescale } from "../decimal.ts";
import { minus, ONE, PURE_SCALE, type PureNumber } from "../pure-number.ts";
import { ok, refuse, type Result } from "../result.ts";
import { DAYS_PER_YEAR } from "./annualize.ts";
import {
  derivative,
  discountingPolynomial,
  type FlowPolynomial,
  reversed,
  signChangesOf,
} from "./flow-polynomial.ts";
import { findDivide, locateRoots, narrowCrossing, type Stretch } from "./locate-roots.ts";
import { type BinaryFraction, inUnits, refineRoot, signAt } from "./refine-root.ts";
import type { ValuationRow } from "./time-weighted-return.ts";

/** Money between the investor and the portfolio. */
export interface CashFlow {
  readonly day: DayNumber;
  /** Negative when the investor pays in, positive when money or value comes back. */
  readonly amount: Money;
}

/** Why there is no rate: all flows go one way, or no rate fits, or several do. */
export type NoRate = "no-sign-change" | "no-single-rate";

/**
 * Returns the yearly rate above −100 % at which the flows add up to zero, each divided by
 * (1 + rate)^(days since the first / 365).
 *
 * Units: correct to 38 decimals.
 * Shape: flows of one currency in any order; those of one day count as their sum.
 * Errors: `no-sign-change`, `no-single-rate`.
 * Source: Microsoft Excel, function XIRR, for the equation.
 */
export function moneyWeightedReturn(flows: readonly CashFlow[]): Result<PureNumber, NoRate> {
  const discounting = discountingPolynomial(flows);
  if (signChangesOf(discounting) === 0) return refuse("no-sign-change");
  const root = findOnlyRoot(discounting, reversed(discounting));
  if (root === undefined) return refuse("no-single-rate");
  const growth = root.polynomial === discounting ? powerOfReciprocal(root.x) : powerOf(root.x);
  return ok(minus(rounded(growth), ONE));
}

/**
 * Returns the investor's flows of a series of valuations: what came in and went out on each day, and on the
 * last one the value that is left.
 */
export function flowsOfRows(rows: readonly ValuationRow[]): CashFlow[] {
  const flows = rows.map(({ day, inflow, outflow }) => ({ day, amount: subtract(outflow, inflow) }));
  const last = rows.at(-1);
  return last === undefined ? flows : [...flows, { day: last.day, amount: last.value }];
}

/** A root, and the polynomial that it is one of: the discounting or the compounding one. */
interface Root {
  readonly polynomial: FlowPolynomial;
  readonly x: BinaryFraction;
}

function findOnlyRoot(discounting: FlowPolynomial, compounding: FlowPolynomial): Root | undefined {
  const divide = findDivide(discounting, compounding);
  if (divide === undefined) return undefined;
  const stretches: Stretch[] = [];
  for (const found of [locateRoots(discounting, divide), locateRoots(compounding, 1 / divide)]) {
    if (found === undefined) return undefined;
    stretches.push(...found);
  }
  // Several crossings are enough to know; digits are worked out only for an answer.
  if (stretches.filter(({ kind }) => kind === "crossing").length > 1) return undefined;
  const [root, ...others] = stretches.flatMap((each) =>
    each.kind === "crossing" ? [crossingOf(each)] : touchesOf(each),
  );
  return others.length === 0 ? root : undefined;
}

function crossingOf(stretch: Stretch): Root {
  const { polynomial } = stretch;
  const narrow = narrowCrossing(stretch);
  return { polynomial, x: refineRoot(polynomial, narrow, accuracyBitsAt(narrow.low)) };
}

/**
 * Returns the root at which the polynomial turns, if it does so at zero; none if it does so before; and twice
 * the turning point if it does so beyond, since then there is no single root.
 */
function touchesOf({ polynomial, low, high }: Stretch): Root[] {
  const slope = derivative(polynomial);
  const accuracyBits = accuracyBitsAt(low);
  // Near the turning point the value changes with the square of x, so that it is known to twice these bits.
  const bits = accuracyBits + 40;
  const [atLow, atHigh] = [low, high].map((x) => ({ units: inUnits(x, bits), bits }));
  if (atLow === undefined || atHigh === undefined) return [];
  if (signAt(slope, atLow) === signAt(slope, atHigh)) return [];
  const turn = refineRoot(slope, { low, high }, accuracyBits);
  const sign = signAt(polynomial, { units: turn.units >> BigInt(turn.bits - bits), bits });
  const root: Root = { polynomial, x: turn };
  if (sign === 0) return [root];
  return sign === signAt(polynomial, atLow) ? [] : [root, root];
}

/** Decimals to which a rate is correct. */
const RATE_SCALE = 38;

/** How exact x has to be for its 365th power, or 1 divided by it, to be correct to 10^-38, which is 2^-127. */
function accuracyBitsAt(x: number): number {
  return 127 + 13 + Math.ceil((DAYS_PER_YEAR + 2) * Math.abs(Math.log2(x)));
}

const UNITS_PER_ONE: bigint = ONE;

function powerOf({ units, bits }: BinaryFraction): bigint {
  return (UNITS_PER_ONE * units ** BigInt(DAYS_PER_YEAR)) >> BigInt(bits * DAYS_PER_YEAR);
}

function powerOfReciprocal({ units, bits }: BinaryFraction): bigint {
  return (UNITS_PER_ONE << BigInt(bits * DAYS_PER_YEAR)) / units ** BigInt(DAYS_PER_YEAR);
}

function rounded(value: bigint): PureNumber {
  return rescale(rescale(value, PURE_SCALE, RATE_SCALE), RATE_SCALE, PURE_SCALE) as PureNumber;
}
