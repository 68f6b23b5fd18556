/*
 * Where a gain comes from: the inputs of every slice of a disposal, and how they make its figures.
 *
 *   the lot's side     original cost × consumed ÷ original quantity, after this slice less before it
 *   the trade's side   quantity × price, and the slice's share of the fee: off the proceeds, or on the cost
 *   the gain           proceeds − cost; in the base currency each side at its own rate
 *
 * Example: 7 shares are sold at 11 with a fee of 1; the first slice takes one share of a lot of 4 for 40, of
 * which one was sold before. Cost 40 × 2/4 − 40 × 1/4 = 10. Proceeds 1 × 11 − 1 × 1/7 = 10.857…
 */
import {
  add,
  type Money,
  multiplyUnits,
  type Price,
  type Quantity,
  shareOf,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "./amounts.ts";
import type { Disposal, DisposalSlice } from "./disposal.ts";
import { type HoldingTerm, holdingTerm } from "./holding-period.ts";

/** All that the figures of one slice follow from. Quantities are counted in 1e-18 / `unit`. */
export interface SliceExplanation {
  readonly slice: DisposalSlice;
  readonly unit: bigint;
  /** What the lot was opened with, and how much of it was consumed before and after this slice. */
  readonly lot: {
    readonly originalQuantity: Quantity;
    readonly originalCost: Money;
    readonly consumedBefore: Quantity;
    readonly consumedAfter: Quantity;
  };
  /** The closing trade's side; absent when it was no trade. */
  readonly trade: { readonly price: Price; readonly gross: Money; readonly feeShare: Money } | undefined;
  /** Rates to the base currency; absent where none is kept, and the opening's for a pool. */
  readonly openingRate: Price | undefined;
  readonly closingRate: Price | undefined;
  /** Short or long term; absent when a local trade date was not given. */
  readonly term: HoldingTerm | undefined;
}

/** Returns the explanation of each slice. Shape: in the order of `disposal.slices`; fee shares add up to `fees`. */
export function explainDisposal(disposal: Disposal): SliceExplanation[] {
  const { unit = 1n, price, fees, quantity, disposedDate } = disposal;
  let [quantitySoFar, feesSoFar] = [ZERO_QUANTITY, ZERO_MONEY];
  return disposal.slices.map((slice) => {
    quantitySoFar = add(quantitySoFar, slice.quantity);
    const feesAfter = quantity === 0n ? ZERO_MONEY : shareOf(fees, quantitySoFar, quantity);
    const feeShare = subtract(feesAfter, feesSoFar);
    feesSoFar = feesAfter;
    const { originalQuantity, originalCost, remainingQuantity, openedDate, openingRate } = slice.lot;
    const consumedBefore = subtract(originalQuantity, remainingQuantity);
    const consumedAfter = add(consumedBefore, slice.quantity);
    const isTrade = price !== undefined && quantity !== 0n;
    return {
      slice,
      unit,
      lot: { originalQuantity, originalCost, consumedBefore, consumedAfter },
      trade: isTrade ? { price, gross: multiplyUnits(slice.quantity, unit, price), feeShare } : undefined,
      openingRate,
      closingRate: disposal.exchangeRate,
      term:
        openedDate === undefined || disposedDate === undefined
          ? undefined
          : holdingTerm(openedDate, disposedDate),
    };
  });
}
