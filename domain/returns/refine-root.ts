/*
 * The digits of a root, with whole numbers: x counts 2^-bits.
 *
 * The secant through the last two points is followed, and the middle of the stretch taken wherever it leads
 * out of it. The answer is not believed but proved: at x − tolerance and x + tolerance the polynomial has
 * different signs, each larger than what cutting off bits can have done. If not, everything is done again
 * with half as many bits more, which a root needs where the polynomial is flat (a root of order three takes
 * three times as many).
 */
import { type FlowPolynomial, degreeOf, magnitudeOf } from "./flow-polynomial.ts";

/** A number x in whole units. Units: 2^-bits. */
export interface BinaryFraction {
  readonly units: bigint;
  readonly bits: number;
}

/**
 * Returns the root between `low` and `high`, off by less than 2^-accuracyBits.
 *
 * Shape: 0 < low < high ≤ about 1; the polynomial has different signs there, and one root between.
 */
export function refineRoot(
  polynomial: FlowPolynomial,
  { low, high }: { readonly low: number; readonly high: number },
  accuracyBits: number,
): BinaryFraction {
  let bits = accuracyBits + FIRST_GUARD_BITS;
  for (let attempt = 1; ; attempt += 1) {
    const value = valueInUnits(polynomial, bits);
    const tolerance = 1n << BigInt(bits - accuracyBits);
    const units = closeIn(value, { low: inUnits(low, bits), high: inUnits(high, bits) }, tolerance);
    const isProved = signOf(value, units - tolerance) * signOf(value, units + tolerance) === -1;
    if (isProved || attempt === ATTEMPTS_MAX) return { units, bits };
    bits += bits >> 1;
  }
}

/** Returns the sign of the polynomial at x, 0 when it is zero or too near to tell with that many bits. */
export function signAt(polynomial: FlowPolynomial, { units, bits }: BinaryFraction): -1 | 0 | 1 {
  return signOf(valueInUnits(polynomial, bits), units);
}

/** Returns the float as whole units, exactly if it is not below 2^-bits. */
export function inUnits(x: number, bits: number): bigint {
  // A float has 53 bits; with 300 places it is a whole number down to 2^-247.
  const units = BigInt(x * 2 ** 300);
  return bits >= 300 ? units << BigInt(bits - 300) : units >> BigInt(300 - bits);
}

const FIRST_GUARD_BITS = 80;
// Every attempt has half as many bits more; seven of them make seventeen times as many.
const ATTEMPTS_MAX = 8;
const SECANTS_MAX = 60;

interface ValueInUnits {
  readonly at: (units: bigint) => bigint;
  /** What cutting off bits can amount to, at worst. */
  readonly error: bigint;
}

/** Returns the polynomial with its coefficients scaled to add up to about 1, for arguments up to about 1. */
function valueInUnits(polynomial: FlowPolynomial, bits: number): ValueInUnits {
  const { exponents } = polynomial;
  const excess = BigInt(magnitudeOf(polynomial).toString(2).length - bits);
  const coefficients = polynomial.coefficients.map((each) =>
    excess > 0n ? each >> excess : each << -excess,
  );
  const shift = BigInt(bits);
  const last = coefficients.length - 1;
  const at = (x: bigint): bigint => {
    const powers = new Map<number, bigint>();
    let sum = coefficients[last] ?? 0n;
    for (let i = last - 1; i >= 0; i -= 1) {
      const gap = exponents[i + 1]! - exponents[i]!;
      let power = powers.get(gap);
      if (power === undefined) powers.set(gap, (power = powerInUnits(x, gap, shift)));
      sum = ((sum * power) >> shift) + coefficients[i]!;
    }
    return sum;
  };
  // A power x^n is off by less than 2n units, a term by two more; eight times, since x may exceed 1 a little.
  return { at, error: BigInt(8 * (2 * degreeOf(polynomial) + 2 * coefficients.length + 2)) };
}

function powerInUnits(x: bigint, exponent: number, shift: bigint): bigint {
  let power = 1n << shift;
  for (let bit = 2 ** Math.floor(Math.log2(exponent)); bit >= 1; bit /= 2) {
    power = (power * power) >> shift;
    if (Math.floor(exponent / bit) % 2 === 1) power = (power * x) >> shift;
  }
  return power;
}

function signOf({ at, error }: ValueInUnits, units: bigint): -1 | 0 | 1 {
  const value = at(units);
  return value > error ? 1 : value < -error ? -1 : 0;
}

function closeIn(
  value: ValueInUnits,
  stretch: { readonly low: bigint; readonly high: bigint },
  tolerance: bigint,
): bigint {
  let { low, high } = stretch;
  let [before, at] = [low, high];
  let [valueBefore, valueAt] = [value.at(before), value.at(at)];
  const signAtLow = valueBefore > 0n;
  for (let secants = 0; high - low > tolerance; secants += 1) {
    const rise = valueAt - valueBefore;
    const secant = rise === 0n ? low : at - (valueAt * (at - before)) / rise;
    const isInside = secant > low && secant < high && secants < SECANTS_MAX;
    [before, valueBefore] = [at, valueAt];
    at = isInside ? secant : (low + high) >> 1n;
    valueAt = value.at(at);
    if (valueAt <= value.error && valueAt >= -value.error) return at;
    if (valueAt > 0n === signAtLow) low = at;
    else high = at;
  }
  return (low + high) >> 1n;
}
