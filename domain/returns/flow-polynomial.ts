/*
 * Cash flows as a polynomial in a daily factor x: the sum of coefficient × x^exponent, one term per day.
 *
 *   discounting   x = (1 + r)^(−1/365)   exponent: days since the first flow     value of the flows on its day
 *   compounding   x = (1 + r)^(+1/365)   exponent: days until the last flow      their value on the last day
 *
 * Whole days make whole exponents, so no root or logarithm is needed before the answer is known. Both forms
 * have the same roots r. Positive rates are looked for in the first and negative ones in the second, because
 * there x is below 1, where no power overflows and every rounding error shrinks.
 */
import type { DayNumber } from "../day-number.ts";

/** A polynomial with few terms. Shape: exponents rise, the first is 0; no coefficient is zero; may be empty. */
export interface FlowPolynomial {
  readonly coefficients: readonly bigint[];
  readonly exponents: readonly number[];
}

/** Returns the flows' value on the day of the first of them. Shape: flows in any order; days may repeat. */
export function discountingPolynomial(
  flows: readonly { readonly day: DayNumber; readonly amount: bigint }[],
): FlowPolynomial {
  const amounts = new Map<DayNumber, bigint>();
  for (const { day, amount } of flows) amounts.set(day, (amounts.get(day) ?? 0n) + amount);
  const terms = [...amounts].filter(([, amount]) => amount !== 0n).toSorted(([a], [b]) => a - b);
  const firstDay = terms[0]?.[0] ?? 0;
  return {
    coefficients: terms.map(([, amount]) => amount),
    exponents: terms.map(([day]) => day - firstDay),
  };
}

/** Returns the polynomial whose roots are 1 divided by the roots of this one. */
export function reversed(polynomial: FlowPolynomial): FlowPolynomial {
  const { coefficients, exponents } = polynomial;
  const degree = degreeOf(polynomial);
  return {
    coefficients: coefficients.toReversed(),
    exponents: exponents.toReversed().map((exponent) => degree - exponent),
  };
}

/** Returns the derivative, divided by the lowest power of x in it: it has the same sign wherever x > 0. */
export function derivative({ coefficients, exponents }: FlowPolynomial): FlowPolynomial {
  const lowest = exponents[1] ?? 0;
  return {
    coefficients: coefficients.slice(1).map((coefficient, i) => coefficient * BigInt(exponents[i + 1] ?? 0)),
    exponents: exponents.slice(1).map((exponent) => exponent - lowest),
  };
}

/**
 * Returns how often the coefficients change their sign. There are at most as many positive roots, and fewer by
 * an even number: none without a change, exactly one with one.
 *
 * Source: Descartes' rule of signs.
 */
export function signChangesOf({ coefficients }: FlowPolynomial): number {
  let changes = 0;
  for (let i = 1; i < coefficients.length; i += 1) {
    if (coefficients[i - 1]! < 0n !== coefficients[i]! < 0n) changes += 1;
  }
  return changes;
}

/** Returns the highest exponent. Shape: the polynomial is not empty. */
export function degreeOf({ exponents }: FlowPolynomial): number {
  return exponents.at(-1) ?? 0;
}

/** Returns the sum of the coefficients without their signs. */
export function magnitudeOf({ coefficients }: FlowPolynomial): bigint {
  return coefficients.reduce((sum, each) => sum + (each < 0n ? -each : each), 0n);
}
