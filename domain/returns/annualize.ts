import { fractionalPower } from "../decimal.ts";
import { invariant } from "../invariant.ts";
import { minus, ONE, plus, PURE_SCALE, type PureNumber } from "../pure-number.ts";

/** Days of the year by which returns are annualised, leap years included (ACT/365F). */
export const DAYS_PER_YEAR = 365;

/**
 * Returns the return per year that makes the same total over the days: (1 + total)^(365 / days) − 1.
 *
 * `null` for less than 365 days, because a good week annualised is a number and not information; and for a
 * total below −100 %, which no rate per year makes.
 *
 * Source: GIPS 2020, provision 2.A.21 (returns of less than one year are not annualised).
 * Example: 21 % in 730 days are 10 % a year.
 */
export function annualizedReturn(total: PureNumber, days: number): PureNumber | null {
  const factor = plus(ONE, total);
  if (days < DAYS_PER_YEAR || factor < 0n) return null;
  return minus(powerOf(factor, DAYS_PER_YEAR, days), ONE);
}

/**
 * Returns the rate per period that compounds to the annual one: (1 + annual)^(1 / periods) − 1.
 *
 * Errors: an annual rate below −100 %, or less than one period a year, is a bug.
 * Example: 1 % a year is 0.0039 % a trading day, with 252 of them.
 */
export function periodicRate(annual: PureNumber, periodsPerYear: number): PureNumber {
  const factor = plus(ONE, annual);
  invariant(factor >= 0n, "an annual rate below -100 %");
  return minus(powerOf(factor, 1, periodsPerYear), ONE);
}

function powerOf(factor: PureNumber, numerator: number, denominator: number): PureNumber {
  return fractionalPower(factor, { numerator, denominator }, PURE_SCALE) as PureNumber;
}
