/*
 * A lot comes into a holding: from another account, from outside, or out of another instrument.
 *
 * It keeps its id and opening, so that it takes its old place among the others. When part of the same lot is
 * there already (it comes back, or comes in two portions), the two become one again: quantities and costs are
 * added, and the unit cost is that of the whole. Under average cost it joins the pool.
 *
 * The two holdings may count shares in different parts, when a fraction of a share was traded here and not
 * there; both are first counted in the least common multiple.
 */
import { add, type Money, negate, type Quantity } from "../amounts.ts";
import type { LedgerRules } from "../holding.ts";
import { addToPool } from "../match-trade.ts";
import { changeHolding, type OpenHolding } from "../open-holding.ts";
import { addRatios, compareRatios, divideRatios, greatestCommonDivisor, multiplyRatios } from "../ratio.ts";
import { contentsOf, recountLot, rewriteLot, type TaxLot } from "../tax-lot.ts";
import { recountHolding } from "./split.ts";

/** Adds an untouched lot (nothing consumed) to the holding, which has nothing on the other side. */
export function receiveLot(holding: OpenHolding, incoming: TaxLot, rules: LedgerRules): void {
  const ownUnit = incoming.unit ?? 1n;
  const unit = (holding.unit / greatestCommonDivisor(holding.unit, ownUnit)) * ownUnit;
  recountHolding(holding, unit);
  const lot = recountLot(incoming, { multiply: unit / ownUnit, divide: 1n, unit });
  if (rules.method === "average") {
    addToPool(holding, lot);
  } else {
    const present = holding.lots.find(lot.id);
    if (present === undefined) holding.lots.open(lot);
    else holding.lots.replace(present, mergeLots(present, lot));
  }
  const isLong = lot.side === "long";
  const sign = (amount: Money): Money => (isLong ? amount : negate(amount));
  changeHolding(holding, {
    quantity: isLong ? lot.remainingQuantity : negate(lot.remainingQuantity),
    cost: sign(lot.originalCost),
    baseCost: lot.originalBaseCost && sign(lot.originalBaseCost),
  });
}

function mergeLots(present: TaxLot, returning: TaxLot): TaxLot {
  const [a, b] = [contentsOf(present), contentsOf(returning)];
  const quantity = add(a.quantity, b.quantity);
  return rewriteLot(present, {
    quantity,
    unit: a.unit,
    cost: add(a.cost, b.cost),
    baseCost: a.baseCost === undefined || b.baseCost === undefined ? undefined : add(a.baseCost, b.baseCost),
    unitCost: compareRatios(a.unitCost, b.unitCost) === 0 ? a.unitCost : weighted(a, b, quantity),
  });
}

function weighted(
  a: ReturnType<typeof contentsOf>,
  b: ReturnType<typeof contentsOf>,
  quantity: Quantity,
): ReturnType<typeof addRatios> {
  const whole = (count: Quantity) => ({ numerator: count as bigint, denominator: 1n });
  const sum = addRatios(
    multiplyRatios(a.unitCost, whole(a.quantity)),
    multiplyRatios(b.unitCost, whole(b.quantity)),
  );
  return divideRatios(sum, whole(quantity));
}
