import { lesser, type Money, type Quantity, subtract } from "./amounts.ts";
import type { LotPart } from "./disposal.ts";
import { invariant } from "./invariant.ts";
import { oldestFirst } from "./lot-order.ts";
import type { OpenLots } from "./open-lots.ts";
import { consumedCost, type LotSide, remainingBaseCost, takeFromLot, type TaxLot } from "./tax-lot.ts";
import { needsAttention, type LotSelection, type Refusal } from "./transaction.ts";

/** Takes `total`, above zero, from the lots in matching order. Shape: the parts in that order, adding up to it. */
export function consume(lots: OpenLots, side: LotSide, total: Quantity): LotPart[] {
  const first = consumeFirst(lots, side, total);
  // An array that is made with its element takes a quarter of the memory of one that is made to grow.
  const parts = [first];
  let left = total;
  let taken = first.quantity;
  while (left !== taken) {
    left = subtract(left, taken);
    const part = consumeFirst(lots, side, left);
    parts.push(part);
    taken = part.quantity;
  }
  return parts;
}

/** Takes up to `most` from the lot that comes first. */
function consumeFirst(lots: OpenLots, side: LotSide, most: Quantity): LotPart {
  const lot = lots.first();
  if (lot.side !== side) invariant(false, `lot ${lot.id} is not ${side}`);
  const quantity = lesser(most, lot.remainingQuantity);
  if (quantity <= 0n) invariant(false, `lot ${lot.id} is open but empty`);
  const after = takeFromLot(lot, quantity);
  const costBefore = lots.consumedCostOf(lot);
  const costAfter = consumedCost(after);
  const lotAmount = costBefore === 0n ? costAfter : subtract(costAfter, costBefore);
  lots.replaceFirst(lot, after, costAfter);
  return { lot, quantity, lotAmount, lotBaseAmount: baseAmountOf(lot, after) };
}

/** Takes what is named, in the order it is named. Errors: what `judgeSelection` refuses is a bug here. */
export function consumeNamed(lots: OpenLots, unit: bigint, selections: readonly LotSelection[]): LotPart[] {
  return selections.map((selection) => {
    const before = lots.find(selection.lotId);
    const quantity = (selection.quantity * unit) as Quantity;
    invariant(before !== undefined && before.remainingQuantity >= quantity, "a named lot was not judged");
    const after = takeFromLot(before, quantity);
    lots.replace(before, after);
    return partOf(before, after, quantity);
  });
}

/** Takes `total` from the oldest lots, whatever the lot method. */
export function consumeOldest(lots: OpenLots, total: Quantity): LotPart[] {
  const parts: LotPart[] = [];
  let left = total;
  for (const before of lots.remaining().toSorted(oldestFirst)) {
    const quantity = lesser(left, before.remainingQuantity);
    if (quantity === 0n) break;
    const after = takeFromLot(before, quantity);
    lots.replace(before, after);
    parts.push(partOf(before, after, quantity));
    left = subtract(left, quantity);
  }
  invariant(left === 0n, "the open lots ran out before the quantity did");
  return parts;
}

/**
 * Returns why these lots cannot be closed as named, or undefined when they can: an unknown lot is one that is
 * not open here (any more); the quantities must be above zero, within what is left, and add up to the trade's.
 */
export function judgeSelection(
  lots: OpenLots,
  holding: { readonly quantity: Quantity; readonly unit: bigint },
  wanted: { readonly quantity: Quantity; readonly lots: readonly LotSelection[] },
): Refusal | undefined {
  const named = new Map<string, bigint>();
  let total = 0n;
  for (const { lotId, quantity } of wanted.lots) {
    if (quantity <= 0n) return needsAttention("lot-selection-mismatch");
    named.set(lotId, (named.get(lotId) ?? 0n) + quantity);
    total += quantity;
  }
  for (const [lotId, quantity] of named) {
    const lot = lots.find(lotId);
    if (lot === undefined) {
      lots.assertComplete(holding.quantity);
      return needsAttention("unknown-lot");
    }
    if (quantity * holding.unit > lot.remainingQuantity) return needsAttention("lot-selection-mismatch");
  }
  return total === wanted.quantity ? undefined : needsAttention("lot-selection-mismatch");
}

function partOf(lot: TaxLot, after: TaxLot, quantity: Quantity): LotPart {
  return {
    lot,
    quantity,
    lotAmount: subtract(consumedCost(after), consumedCost(lot)),
    lotBaseAmount: baseAmountOf(lot, after),
  };
}

function baseAmountOf(before: TaxLot, after: TaxLot): Money | undefined {
  if (before.originalBaseCost === undefined) return undefined;
  const [costBefore, costAfter] = [remainingBaseCost(before), remainingBaseCost(after)];
  return costBefore === undefined || costAfter === undefined ? undefined : subtract(costBefore, costAfter);
}
