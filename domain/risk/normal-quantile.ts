/*
 * The number z below which a standard normal variable is with a given probability, to 60 decimals.
 *
 * Below one half: start from the rational approximation of Abramowitz and Stegun, which is off by less than
 * 4.5e-4, and improve it by Halley's method, which triples the number of right digits at each step: 3, 10, 30,
 * 90. Above one half the distribution is symmetric.
 *
 *   Φ(z) = 1/2 + φ(z) × (z + z³/3 + z⁵/(3×5) + z⁷/(3×5×7) + …)        φ(z) = e^(−z²/2) / √(2π)
 */
import { exponential } from "../decimal.ts";
import { invariant } from "../invariant.ts";
import {
  minus,
  ONE,
  plus,
  productOf,
  pureNumber,
  PURE_SCALE,
  type PureNumber,
  quotientOf,
  roundPureNumber,
  ZERO,
} from "../pure-number.ts";

/**
 * Returns the quantile of the standard normal distribution.
 *
 * Errors: a probability that is not between 0 and 1 is a bug.
 * Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.2.11 and 26.2.23.
 * Example: 0.05 gives −1.6448536269…
 */
export function normalQuantile(probability: PureNumber): PureNumber {
  invariant(probability > 0n && probability < ONE, "a probability is between 0 and 1");
  if (probability === HALF) return ZERO;
  if (probability > HALF) return -normalQuantile(minus(ONE, probability)) as PureNumber;
  let z = pureNumber(firstGuess(Number(roundPureNumber(probability, PURE_SCALE))).toFixed(15));
  for (let step = 1; step <= HALLEY_STEPS; step += 1) {
    const density = densityAt(z);
    const newton = quotientOf(minus(probabilityBelow(z, density), probability), density);
    z = minus(z, quotientOf(newton, plus(ONE, (productOf(z, newton) / 2n) as PureNumber)));
  }
  return z;
}

const HALF = (ONE / 2n) as PureNumber;
// 1 / √(2π)
const DENSITY_AT_ZERO = pureNumber(
  "0.39894228040143267793994605993438186847585863116493465766592582967065792589930184",
);
const HALLEY_STEPS = 3;

function firstGuess(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(probability));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return numerator / denominator - t;
}

function densityAt(z: PureNumber): PureNumber {
  const exponent = -(productOf(z, z) / 2n);
  return productOf(DENSITY_AT_ZERO, exponential(exponent, PURE_SCALE) as PureNumber);
}

function probabilityBelow(z: PureNumber, density: PureNumber): PureNumber {
  const square = productOf(z, z);
  let [term, sum] = [z, ZERO];
  for (let divisor = 3n; term !== 0n; divisor += 2n) {
    sum = plus(sum, term);
    term = (productOf(term, square) / divisor) as PureNumber;
  }
  return plus(HALF, productOf(density, sum));
}
