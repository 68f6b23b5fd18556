import { compareRatios } from "./ratio.ts";
import { exactUnitCost, type TaxLot } from "./tax-lot.ts";

/** How a portfolio chooses which lots a closing trade consumes. */
export const LOT_METHODS = ["fifo", "lifo", "hifo", "average", "specific"] as const;

/** One of the ways to choose lots. */
export type LotMethod = (typeof LOT_METHODS)[number];

/** Negative when `a` is consumed before `b`. Total: two different lots never compare as equal. */
export type LotOrder = (a: TaxLot, b: TaxLot) => number;

/**
 * Returns the order in which a method consumes lots. This is all that sets one method apart from another,
 * except that `average` keeps its lots in one pool (`match-trade.ts`), where no order is needed.
 *
 * Source: ACCOUNTING 2.1, rule 3.
 */
export function compareLots(method: LotMethod): LotOrder {
  return ORDERS[method];
}

/** Order by opening: the order of FIFO, and of transfers under every method. */
export function oldestFirst(a: TaxLot, b: TaxLot): number {
  return a.openedAt - b.openedAt || a.openedSequence - b.openedSequence;
}

const ORDERS: Readonly<Record<LotMethod, LotOrder>> = {
  fifo: oldestFirst,
  lifo: (a, b) => oldestFirst(b, a),
  hifo: (a, b) => byUnitCost(b, a) || oldestFirst(a, b),
  average: oldestFirst,
  specific: oldestFirst,
};

// Lots of one holding are counted in one unit, so that it cancels out; the exact fraction is rarely needed.
function byUnitCost(a: TaxLot, b: TaxLot): number {
  if (a.exactUnitCost !== undefined || b.exactUnitCost !== undefined) {
    return compareRatios(exactUnitCost(a), exactUnitCost(b));
  }
  const [left, right] = [a.originalCost * b.originalQuantity, b.originalCost * a.originalQuantity];
  return left < right ? -1 : left > right ? 1 : 0;
}
