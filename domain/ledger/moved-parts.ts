import { magnitude, negate, type Quantity } from "../amounts.ts";
import { consumeNamed, consumeOldest, judgeSelection } from "../consume.ts";
import type { LotPart } from "../disposal.ts";
import type { LedgerRules } from "../holding.ts";
import { changeHolding, type OpenHolding } from "../open-holding.ts";
import { exactUnitCost, remainingBaseCost, remainingCost, rewriteLot, type TaxLot } from "../tax-lot.ts";
import { type LotSelection, type Refusal, rejected } from "../transaction.ts";
import type { MovedPart } from "./ledger.ts";

/** Lots that are to leave a holding without a gain. */
export interface Leaving {
  readonly quantity: Quantity;
  readonly lots?: readonly LotSelection[] | undefined;
}

/** Returns why so much cannot leave the holding, or undefined when it can. Only what is held long can leave. */
export function judgeLeaving(
  holding: OpenHolding,
  leaving: Leaving,
  rules: LedgerRules,
): Refusal | undefined {
  if (leaving.quantity <= 0n) return rejected("invalid-quantity");
  if (leaving.quantity * holding.unit > holding.quantity) return rejected("insufficient-quantity");
  if (leaving.lots === undefined || leaving.lots.length === 0) return undefined;
  if (rules.method === "average") return rejected("lot-selection-not-allowed");
  return judgeSelection(holding.lots, holding, { quantity: leaving.quantity, lots: leaving.lots });
}

/**
 * Takes lots out of a long holding without a gain: those named, else the oldest, under average cost a share of
 * the pool. Returns them as lots that another holding can receive.
 */
export function takeOut(holding: OpenHolding, leaving: Leaving): TaxLot[] {
  const { unit } = holding;
  const quantity = (leaving.quantity * unit) as Quantity;
  const parts =
    leaving.lots === undefined || leaving.lots.length === 0
      ? consumeOldest(holding.lots, quantity)
      : consumeNamed(holding.lots, unit, leaving.lots);
  const lots = parts.map((part) => lotOfPart(part, unit));
  for (const lot of lots) {
    const { originalCost: cost, originalBaseCost: baseCost } = lot;
    changeHolding(holding, {
      quantity: negate(lot.remainingQuantity),
      cost: negate(cost),
      baseCost: baseCost && negate(baseCost),
    });
  }
  return lots;
}

/** Takes all lots out of a holding, long or short. */
export function takeAll(holding: OpenHolding): TaxLot[] {
  const { unit } = holding;
  holding.lots.assertComplete(holding.quantity);
  const lots = consumeOldest(holding.lots, magnitude(holding.quantity)).map((part) => lotOfPart(part, unit));
  const sum = { quantity: negate(holding.quantity), cost: negate(holding.costBasis) };
  changeHolding(holding, { ...sum, baseCost: holding.base && negate(holding.base.costBasis) });
  return lots;
}

function lotOfPart(part: LotPart, unit: bigint): TaxLot {
  return rewriteLot(part.lot, {
    quantity: part.quantity,
    unit,
    cost: part.lotAmount,
    baseCost: part.lotBaseAmount,
    unitCost: exactUnitCost(part.lot),
  });
}

/** Returns what of these lots is moved: all that is left of them. */
export function partsOf(lots: readonly TaxLot[]): MovedPart[] {
  return lots.map((lot) => ({
    lotId: lot.id,
    openedAt: lot.openedAt,
    quantity: lot.remainingQuantity,
    unit: lot.unit ?? 1n,
    cost: remainingCost(lot),
    baseCost: remainingBaseCost(lot),
  }));
}
