/*
 * A tax lot: what one transaction opened, and how much of it is left.
 *
 * Problem: a third of 10.00 has no last decimal. Whoever stores what is left of a lot, rounded after each
 * sale, is off by a little more each time, and the last sale leaves 0.000…1 of cost without a share.
 * Approach: the original quantity and cost never change by a sale, and only the remaining quantity does. What
 * has been consumed so far is f(consumed) = original cost × consumed / original quantity; a slice costs
 * f(after) − f(before). The slices telescope: their sum is f(everything) = the original cost, to the last
 * digit, however many there are, and a rounding never feeds the next one.
 *
 * Example: 3 shares for 10. The slices of three sales of 1 are (with 4 decimals) 3.3333, 6.6667 − 3.3333 =
 * 3.3334 and 10 − 6.6667 = 3.3333: together 10.
 *
 * Units. After a split of 1:3, 20 shares are 20/3 shares, which no decimal holds. Quantities of a lot are
 * therefore counted in 1e-18 / `unit` of a share: the split multiplies the counts by `new` and the unit by
 * `old`, and nothing is rounded. All open lots of a holding have one unit, that of the holding.
 *
 * Rewriting. What is not a sale (a transfer, a merger of two parts of a lot, a return of capital, a spin-off)
 * starts the lot afresh: its remaining quantity and cost become the original ones (`rewriteLot`). Costs are
 * whole numbers of 1e-36 and handed on with the remainder, so that they are conserved to the last digit; the
 * unit cost that HIFO ranks by is kept as an exact fraction beside them wherever the two would differ.
 */
import {
  divide,
  type Money,
  multiplyByRate,
  type Price,
  type Quantity,
  shareOf,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "./amounts.ts";
import { compareRatios, type Ratio, ratioOf } from "./ratio.ts";

/** Which way a lot points: bought and not yet sold, or sold and not yet bought back. */
export type LotSide = "long" | "short";

/** A lot. All amounts are positive on both sides, except that cost can be below zero (see `originalCost`). */
export interface TaxLot {
  /** Id of the transaction that opened it, kept wherever the lot goes; unique within a holding. */
  readonly id: string;
  readonly side: LotSide;
  /** Units: milliseconds since 1970-01-01T00:00:00Z. */
  readonly openedAt: number;
  /** `orderSequence` of the opening transaction: breaks ties of `openedAt`. */
  readonly openedSequence: number;
  /** Local trade date of the opening transaction, when it was given. Shape: YYYY-MM-DD. */
  readonly openedDate?: string | undefined;
  /** Units: 1e-18 / `unit`. */
  readonly originalQuantity: Quantity;
  /** Long: quantity × price + fees. Short: quantity × price − fees, below zero when the fees exceed it. */
  readonly originalCost: Money;
  /** From `originalQuantity` down to zero. */
  readonly remainingQuantity: Quantity;
  /** In how many parts a share is counted; absent: 1. */
  readonly unit?: bigint | undefined;
  /** Cost of one share where original cost ÷ original quantity is not exactly it. Units: 1e-36 per 1e-18. */
  readonly exactUnitCost?: Ratio | undefined;
  /** Original cost in the base currency, at the rates of the openings; absent: no base currency is kept. */
  readonly originalBaseCost?: Money | undefined;
  /** Rate that the base cost was fixed at; absent for a pool of several openings. */
  readonly openingRate?: Price | undefined;
}

/** Returns the cost (short: net proceeds) of what is left of the lot; exactly zero when nothing is. */
export function remainingCost(lot: TaxLot): Money {
  return subtract(lot.originalCost, consumedCost(lot));
}

/** Returns the cost (short: net proceeds) of everything consumed from the lot so far. */
export function consumedCost(lot: TaxLot): Money {
  // Most lots are whole or used up: two of three divisions saved.
  if (lot.remainingQuantity === lot.originalQuantity) return ZERO_MONEY;
  if (lot.remainingQuantity === 0n) return lot.originalCost;
  const consumed = subtract(lot.originalQuantity, lot.remainingQuantity);
  return shareOf(lot.originalCost, consumed, lot.originalQuantity);
}

/** Returns the base cost of what is left of the lot, or undefined when no base currency is kept. */
export function remainingBaseCost(lot: TaxLot): Money | undefined {
  if (lot.originalBaseCost === undefined) return undefined;
  const consumed = subtract(lot.originalQuantity, lot.remainingQuantity);
  return subtract(lot.originalBaseCost, shareOf(lot.originalBaseCost, consumed, lot.originalQuantity));
}

/** Returns the cost of one share of the lot, rounded at 1e-36; the same however much is left. */
export function unitCost(lot: TaxLot): Money {
  return divide((lot.originalCost * (lot.unit ?? 1n)) as Money, lot.originalQuantity);
}

/** Returns the exact cost of one share of the lot. Units: 1e-36 per 1e-18. */
export function exactUnitCost(lot: TaxLot): Ratio {
  return lot.exactUnitCost ?? ratioOf(lot.originalCost * (lot.unit ?? 1n), lot.originalQuantity);
}

/** Returns the lot with `taken` less of it left. Errors: taking more than is left is a bug (see `consume.ts`). */
export function takeFromLot(lot: TaxLot, taken: Quantity): TaxLot {
  const isUsedUp = taken === lot.remainingQuantity;
  return { ...lot, remainingQuantity: isUsedUp ? ZERO_QUANTITY : subtract(lot.remainingQuantity, taken) };
}

/** What a lot is from now on. */
export interface LotContents {
  /** Units: 1e-18 / `unit`. */
  readonly quantity: Quantity;
  readonly unit: bigint;
  readonly cost: Money;
  readonly baseCost: Money | undefined;
  /** What one share of it costs, exactly. */
  readonly unitCost: Ratio;
}

/** Returns the lot started afresh: identity, side and opening stay, quantity and cost are the given ones. */
export function rewriteLot(lot: TaxLot, contents: LotContents): TaxLot {
  const { quantity, unit, cost, baseCost, unitCost } = contents;
  const isExact = compareRatios(ratioOf(cost * unit, quantity), unitCost) === 0;
  return {
    id: lot.id,
    side: lot.side,
    openedAt: lot.openedAt,
    openedSequence: lot.openedSequence,
    openedDate: lot.openedDate,
    originalQuantity: quantity,
    originalCost: cost,
    remainingQuantity: quantity,
    ...(unit === 1n ? {} : { unit }),
    ...(isExact ? {} : { exactUnitCost: unitCost }),
    ...(baseCost === undefined ? {} : { originalBaseCost: baseCost, openingRate: lot.openingRate }),
  };
}

/** Returns the contents that `rewriteLot` would have to be given to change nothing but the history of sales. */
export function contentsOf(lot: TaxLot): LotContents {
  return {
    quantity: lot.remainingQuantity,
    unit: lot.unit ?? 1n,
    cost: remainingCost(lot),
    baseCost: remainingBaseCost(lot),
    unitCost: exactUnitCost(lot),
  };
}

/**
 * Returns the lot counted in another unit: counts × `factor`, `unit` as given. With a unit that grows by the
 * same factor the quantity stays; otherwise it is a split, and `exactUnitCost` has to follow (`splitLot`).
 */
export function recountLot(lot: TaxLot, factor: { multiply: bigint; divide: bigint; unit: bigint }): TaxLot {
  const recounted = (count: Quantity) => ((count * factor.multiply) / factor.divide) as Quantity;
  const { unit: _, ...rest } = lot;
  return {
    ...rest,
    originalQuantity: recounted(lot.originalQuantity),
    remainingQuantity: recounted(lot.remainingQuantity),
    ...(factor.unit === 1n ? {} : { unit: factor.unit }),
  };
}

/** Returns what the money is in the base currency, or undefined when no base currency is kept. */
export function inBaseCurrency(amount: Money, rate: Price | undefined): Money | undefined {
  return rate === undefined ? undefined : multiplyByRate(amount, rate);
}
