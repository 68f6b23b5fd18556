import { invariant } from "../invariant.ts";
import { type PureNumber, quotientOf } from "../pure-number.ts";

/**
 * Returns the beta: how much the returns move with the benchmark's, covariance divided by variance.
 *
 * `null` of fewer than two returns, and when the benchmark does not move.
 * Shape: as many of the benchmark as returns, period by period; anything else is a bug.
 * Source: Sharpe, "Capital Asset Prices", Journal of Finance 19 (1964).
 */
export function betaOf(returns: readonly PureNumber[], benchmark: readonly PureNumber[]): PureNumber | null {
  invariant(
    returns.length === benchmark.length,
    `${returns.length} returns, ${benchmark.length} of the benchmark`,
  );
  // n² times covariance and variance; the divisors n − 1 cancel out. Exact, so a still benchmark is exactly 0.
  const variance = crossDeviation(benchmark, benchmark);
  return variance === 0n ? null : quotientOf(crossDeviation(returns, benchmark), variance);
}

function crossDeviation(a: readonly PureNumber[], b: readonly PureNumber[]): bigint {
  let [sumA, sumB, sumOfProducts] = [0n, 0n, 0n];
  for (const [i, each] of a.entries()) {
    const other = b[i] ?? 0n;
    sumA += each;
    sumB += other;
    sumOfProducts += each * other;
  }
  return BigInt(a.length) * sumOfProducts - sumA * sumB;
}
