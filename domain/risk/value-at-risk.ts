/*
 * The loss of one period that is exceeded only with a given rarity. Positive is a loss; there is no floor at
 * zero, since a portfolio that gains even in its bad periods has a negative value at risk.
 */
import { minus, ONE, plus, productOf, type PureNumber } from "../pure-number.ts";
import { meanOf, standardDeviation } from "./deviation.ts";
import { normalQuantile } from "./normal-quantile.ts";

/**
 * Returns the value at risk as it was: the quantile of the returns themselves at 1 − confidence.
 *
 * `null` of no returns.
 * Units: confidence from 0 to 1.
 * Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), definition 7.
 * Example: of ten returns at 95 %, 0.55 of the way down from the second lowest to the lowest.
 */
export function historicalValueAtRisk(
  returns: readonly PureNumber[],
  confidence: PureNumber,
): PureNumber | null {
  if (returns.length === 0) return null;
  const ordered = returns.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const place = BigInt(ordered.length - 1) * minus(ONE, confidence);
  const position = Number(place / ONE);
  const below = ordered[position];
  if (below === undefined) return null;
  const above = ordered[position + 1] ?? below;
  const quantile = plus(below, productOf((place % ONE) as PureNumber, minus(above, below)));
  return -quantile as PureNumber;
}

/**
 * Returns the value at risk of a normal distribution with the returns' mean and sample standard deviation.
 *
 * `null` of fewer than two returns, and when the confidence is not between 0 and 1.
 * Source: J.P. Morgan/Reuters, "RiskMetrics Technical Document" (1996).
 */
export function parametricValueAtRisk(
  returns: readonly PureNumber[],
  confidence: PureNumber,
): PureNumber | null {
  const mean = meanOf(returns);
  const deviation = standardDeviation(returns);
  if (mean === null || deviation === null) return null;
  if (confidence <= 0n || confidence >= ONE) return null;
  const quantile = plus(mean, productOf(normalQuantile(minus(ONE, confidence)), deviation));
  return -quantile as PureNumber;
}
