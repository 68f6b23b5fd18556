import { invariant } from "../invariant.ts";
import {
  minus,
  ONE,
  plus,
  type PureNumber,
  quotientOf,
  rootOfQuotient,
  wholeNumber,
  ZERO,
} from "../pure-number.ts";

const SQUARED_ONE = ONE * ONE;

/** Returns the arithmetic mean; `null` of nothing. */
export function meanOf(returns: readonly PureNumber[]): PureNumber | null {
  if (returns.length === 0) return null;
  return quotientOf(returns.reduce(plus, ZERO), wholeNumber(returns.length));
}

/**
 * Returns the sample standard deviation per period (divided by n − 1); `null` of fewer than two returns.
 *
 * It is exactly zero when all returns are the same: n × the sum of squares − the square of the sum is worked
 * out without rounding.
 */
export function standardDeviation(returns: readonly PureNumber[]): PureNumber | null {
  const count = BigInt(returns.length);
  if (count < 2n) return null;
  const sum = returns.reduce(plus, ZERO);
  const sumOfSquares = returns.reduce((total, each) => total + each * each, 0n);
  return rootOfQuotient(count * sumOfSquares - sum * sum, count * (count - 1n) * SQUARED_ONE);
}

/**
 * Returns the root of the mean square of what the returns fall short of the target, per period: over all
 * returns, those above the target counting as zero. `null` of nothing.
 *
 * Source: Sortino and Price, "Performance Measurement in a Downside Risk Framework" (1994).
 */
export function downsideDeviation(returns: readonly PureNumber[], target: PureNumber): PureNumber | null {
  if (returns.length === 0) return null;
  const shortfalls = returns.map((each) => minus(each, target)).filter((each) => each < 0n);
  const sumOfSquares = shortfalls.reduce((total, each) => total + each * each, 0n);
  return rootOfQuotient(sumOfSquares, BigInt(returns.length) * SQUARED_ONE);
}

/** Returns the deviation per year of one per period: times the root of the periods in a year. */
export function annualizedDeviation(deviation: PureNumber, periodsPerYear: number): PureNumber {
  invariant(Number.isSafeInteger(periodsPerYear) && periodsPerYear > 0, `${periodsPerYear} periods a year`);
  return rootOfQuotient(deviation * deviation * BigInt(periodsPerYear), SQUARED_ONE);
}
