import type { LotMethod } from "#domain/lot-order.ts";
import type { TaxLot } from "#domain/tax-lot.ts";
import type { InNumber } from "../in-number.ts";

export type FloatLot = InNumber<TaxLot, number>;

/** Negative when `a` is consumed before `b`. */
export type FloatLotOrder = (a: FloatLot, b: FloatLot) => number;

/** As `remainingCost` in domain/tax-lot.ts. */
export function remainingCost(lot: FloatLot): number {
  return lot.originalCost - consumedCost(lot);
}

/** As `consumedCost` in domain/tax-lot.ts. */
export function consumedCost(lot: FloatLot): number {
  if (lot.remainingQuantity === lot.originalQuantity) return 0;
  if (lot.remainingQuantity === 0) return lot.originalCost;
  return (lot.originalCost * (lot.originalQuantity - lot.remainingQuantity)) / lot.originalQuantity;
}

/** As `takeFromLot` in domain/tax-lot.ts. */
export function takeFromLot(lot: FloatLot, taken: number): FloatLot {
  const isUsedUp = taken === lot.remainingQuantity;
  return { ...lot, remainingQuantity: isUsedUp ? 0 : lot.remainingQuantity - taken };
}

/** As `compareLots` in domain/lot-order.ts. */
export function compareLots(method: LotMethod): FloatLotOrder {
  return ORDERS[method];
}

function oldestFirst(a: FloatLot, b: FloatLot): number {
  return a.openedAt - b.openedAt || a.openedSequence - b.openedSequence;
}

const ORDERS: Readonly<Record<LotMethod, FloatLotOrder>> = {
  fifo: oldestFirst,
  lifo: (a, b) => oldestFirst(b, a),
  hifo: (a, b) => byUnitCost(b, a) || oldestFirst(a, b),
  average: oldestFirst,
  specific: oldestFirst,
};

function byUnitCost(a: FloatLot, b: FloatLot): number {
  const [left, right] = [a.originalCost * b.originalQuantity, b.originalCost * a.originalQuantity];
  return left < right ? -1 : left > right ? 1 : 0;
}
