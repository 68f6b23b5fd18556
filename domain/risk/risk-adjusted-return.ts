import {
  isNegligible,
  minus,
  ONE,
  type PureNumber,
  productOf,
  quotientOf,
  rootOfQuotient,
} from "../pure-number.ts";
import { downsideDeviation, meanOf, standardDeviation } from "./deviation.ts";

/** What the returns are measured against, and in how many periods a year they come. */
export interface Yardstick {
  /** The return per period that counts as nothing gained. */
  readonly rate: PureNumber;
  readonly periodsPerYear: number;
}

/**
 * Returns the Sharpe ratio per year: the mean above the riskless rate, divided by the standard deviation.
 *
 * `null` of fewer than two returns, and when they do not deviate.
 * Source: Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).
 */
export function sharpeRatio(returns: readonly PureNumber[], riskless: Yardstick): PureNumber | null {
  return annualizedRatio(returns, riskless, standardDeviation(returns));
}

/**
 * Returns the Sortino ratio per year: the mean above the target, divided by the downside deviation from it.
 *
 * `null` of no returns, and when none is below the target.
 * Source: Sortino and Price, "Performance Measurement in a Downside Risk Framework" (1994).
 */
export function sortinoRatio(returns: readonly PureNumber[], target: Yardstick): PureNumber | null {
  return annualizedRatio(returns, target, downsideDeviation(returns, target.rate));
}

function annualizedRatio(
  returns: readonly PureNumber[],
  { rate, periodsPerYear }: Yardstick,
  deviation: PureNumber | null,
): PureNumber | null {
  const mean = meanOf(returns);
  if (mean === null || deviation === null || isNegligible(deviation)) return null;
  const rootOfPeriods = rootOfQuotient(BigInt(periodsPerYear) * ONE, ONE);
  return productOf(quotientOf(minus(mean, rate), deviation), rootOfPeriods);
}
