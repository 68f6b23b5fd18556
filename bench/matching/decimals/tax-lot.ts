import type { LotMethod } from "#domain/lot-order.ts";
import type { TaxLot } from "#domain/tax-lot.ts";
import type { InNumber } from "../in-number.ts";
import { type Decimal34, ZERO } from "./decimal.ts";

export type DecimalLot = InNumber<TaxLot, Decimal34>;

/** Negative when `a` is consumed before `b`. */
export type DecimalLotOrder = (a: DecimalLot, b: DecimalLot) => number;

/** As `remainingCost` in domain/tax-lot.ts. */
export function remainingCost(lot: DecimalLot): Decimal34 {
  return lot.originalCost.minus(consumedCost(lot));
}

/** As `consumedCost` in domain/tax-lot.ts. */
export function consumedCost(lot: DecimalLot): Decimal34 {
  if (lot.remainingQuantity.eq(lot.originalQuantity)) return ZERO;
  if (lot.remainingQuantity.isZero()) return lot.originalCost;
  const consumed = lot.originalQuantity.minus(lot.remainingQuantity);
  return lot.originalCost.times(consumed).div(lot.originalQuantity);
}

/** As `takeFromLot` in domain/tax-lot.ts. */
export function takeFromLot(lot: DecimalLot, taken: Decimal34): DecimalLot {
  const isUsedUp = taken.eq(lot.remainingQuantity);
  return { ...lot, remainingQuantity: isUsedUp ? ZERO : lot.remainingQuantity.minus(taken) };
}

/** As `compareLots` in domain/lot-order.ts. */
export function compareLots(method: LotMethod): DecimalLotOrder {
  return ORDERS[method];
}

function oldestFirst(a: DecimalLot, b: DecimalLot): number {
  return a.openedAt - b.openedAt || a.openedSequence - b.openedSequence;
}

const ORDERS: Readonly<Record<LotMethod, DecimalLotOrder>> = {
  fifo: oldestFirst,
  lifo: (a, b) => oldestFirst(b, a),
  hifo: (a, b) => byUnitCost(b, a) || oldestFirst(a, b),
  average: oldestFirst,
  specific: oldestFirst,
};

function byUnitCost(a: DecimalLot, b: DecimalLot): number {
  return a.originalCost.times(b.originalQuantity).cmp(b.originalCost.times(a.originalQuantity));
}
