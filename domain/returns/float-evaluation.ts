import { type FlowPolynomial, magnitudeOf } from "./flow-polynomial.ts";

/** What a polynomial is at one point, in floating point, with its coefficients scaled to add up to 1. */
export interface Evaluation {
  readonly x: number;
  /** The terms above zero, added up. */
  readonly gains: number;
  /** The terms below zero, added up without their sign. */
  readonly losses: number;
  /** How fast they grow with x. */
  readonly gainSlope: number;
  readonly lossSlope: number;
  /** The term without x, and all others together, without their signs. */
  readonly first: number;
  readonly others: number;
  /** The sign of gains − losses; 0 when rounding may have decided it. */
  readonly sign: -1 | 0 | 1;
  /** Greatest relative error of each sum. */
  readonly error: number;
}

/** Evaluates one polynomial at a point x > 0. */
export type Evaluate = (x: number) => Evaluation;

/** Returns the function that evaluates the polynomial. Shape: not empty. */
export function evaluator(polynomial: FlowPolynomial): Evaluate {
  const { exponents } = polynomial;
  const total = Number(magnitudeOf(polynomial));
  const coefficients = Float64Array.from(polynomial.coefficients, (each) => Number(each) / total);
  const gaps = gapsOf(exponents);
  const powers = new Float64Array(gaps.distinct.length);
  // Each step rounds a few times, each time by a part in 2^53; eight times as much leaves no doubt.
  const error = 32 * (coefficients.length + 4) * 2 ** -53;
  return (x) => {
    for (let i = 0; i < powers.length; i += 1) powers[i] = x ** gaps.distinct[i]!;
    let [gains, losses, gainSlope, lossSlope] = [0, 0, 0, 0];
    for (let i = coefficients.length - 1; i >= 0; i -= 1) {
      const gap = gaps.indexes[i]!;
      const power = powers[gap]!;
      const slope = (gaps.distinct[gap]! * power) / x;
      gainSlope = gainSlope * power + gains * slope;
      lossSlope = lossSlope * power + losses * slope;
      const coefficient = coefficients[i]!;
      gains = gains * power + (coefficient > 0 ? coefficient : 0);
      losses = losses * power + (coefficient < 0 ? -coefficient : 0);
    }
    const first = Math.abs(coefficients[0]!);
    const others = gains + losses - first;
    const sign = exceeds(gains, losses, error) ? 1 : exceeds(losses, gains, error) ? -1 : 0;
    return { x, gains, losses, gainSlope, lossSlope, first, others, sign, error };
  };
}

/** Whether `a` is greater than `b` even if both are off by the relative error. */
export function exceeds(a: number, b: number, error: number): boolean {
  return a * (1 - error) > b * (1 + error) + UNDERFLOW;
}

// Far above the smallest float: what is lost below it decides nothing.
const UNDERFLOW = 1e-280;

/** The steps from each exponent to the next one, and which of the distinct steps each is. */
function gapsOf(exponents: readonly number[]) {
  const steps = exponents.map((exponent, i) => (exponents[i + 1] ?? exponent) - exponent);
  const distinct = [...new Set(steps)];
  const positions = new Map(distinct.map((step, index) => [step, index]));
  return { distinct, indexes: Int32Array.from(steps, (step) => positions.get(step) ?? 0) };
}
