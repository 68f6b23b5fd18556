/*
 * The deepest fall of an index that starts at 1 and grows with the returns, the start included:
 *
 *   returns         +10 %   −20 %   +5 %    +30 %
 *   index      1    1.10    0.88    0.924   1.2012
 *   position   0    1       2       3       4          −20 %, from 1 to 2, made up at 4
 *
 * Two values that only rounding keeps apart are the same: a fall of 10 % is made up by a gain of 1/9, although
 * that has no last decimal.
 */
import {
  isNegligible,
  minus,
  ONE,
  plus,
  productOf,
  type PureNumber,
  quotientOf,
  ZERO,
} from "../pure-number.ts";

/** The deepest fall from a peak, and where on the index it was. */
export interface Drawdown {
  /** Zero or negative: the part of the peak that was lost. */
  readonly depth: PureNumber;
  /** Position of the highest value before the fall, and of its lowest; both 0 when there was none. */
  readonly peak: number;
  readonly trough: number;
  /** Position of the first later value that is as high as the peak again; `null` if none is yet. */
  readonly recovery: number | null;
}

/**
 * Returns the deepest drawdown of the returns; of equally deep ones the first, from the first of equal peaks.
 *
 * Shape: returns in order; without any there is no drawdown, and its depth is zero.
 */
export function maxDrawdown(returns: readonly PureNumber[]): Drawdown {
  let index = ONE;
  let highest = { value: ONE, position: 0 };
  let worst: Drawdown & { readonly peakValue: PureNumber } = {
    depth: ZERO,
    peak: 0,
    trough: 0,
    recovery: null,
    peakValue: ONE,
  };
  for (const [before, each] of returns.entries()) {
    const position = before + 1;
    index = productOf(index, plus(ONE, each));
    if (worst.recovery === null && worst.trough > 0 && isAtLeast(index, worst.peakValue)) {
      worst = { ...worst, recovery: position };
    }
    if (!isAtLeast(highest.value, index)) highest = { value: index, position };
    const depth = minus(quotientOf(index, highest.value), ONE);
    if (isAtLeast(depth, worst.depth)) continue;
    worst = { depth, peak: highest.position, trough: position, recovery: null, peakValue: highest.value };
  }
  const { depth, peak, trough, recovery } = worst;
  return { depth, peak, trough, recovery };
}

function isAtLeast(value: PureNumber, other: PureNumber): boolean {
  const difference = minus(value, other);
  return difference >= 0n || isNegligible(difference);
}
