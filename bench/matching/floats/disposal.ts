import type { Disposal, DisposalSlice } from "#domain/disposal.ts";
import { invariant } from "#domain/invariant.ts";
import type { LotSide } from "#domain/tax-lot.ts";
import type { InNumber } from "../in-number.ts";
import type { OpenFloatLots } from "./open-lots.ts";
import { consumedCost, type FloatLot, takeFromLot } from "./tax-lot.ts";

export type FloatDisposal = InNumber<Disposal, number>;
type FloatSlice = InNumber<DisposalSlice, number>;

interface LotPart {
  readonly lot: FloatLot;
  readonly quantity: number;
  readonly lotAmount: number;
  readonly lotBaseAmount: number | undefined;
}

interface Closing {
  readonly id: string;
  readonly side: LotSide;
  readonly disposedAt: number;
  readonly disposedDate: string | undefined;
  readonly quantity: number;
  readonly price: number;
  readonly fees: number;
  readonly tradeAmount: number;
  readonly parts: readonly LotPart[];
}

/** As `consume` in domain/consume.ts. */
export function consume(lots: OpenFloatLots, side: LotSide, total: number): LotPart[] {
  const parts: LotPart[] = [];
  let left = total;
  while (left > 0) {
    const before = lots.first();
    invariant(before.side === side, `lot ${before.id} is not ${side}`);
    const quantity = left < before.remainingQuantity ? left : before.remainingQuantity;
    invariant(quantity > 0, `lot ${before.id} is open but empty`);
    const after = takeFromLot(before, quantity);
    const costAfter = consumedCost(after);
    const lotAmount = costAfter - lots.consumedCostOfFirst();
    parts.push({ lot: before, quantity, lotAmount, lotBaseAmount: undefined });
    lots.replaceFirst(before, after, costAfter);
    left -= quantity;
  }
  return parts;
}

/** As `disposalOf` in domain/disposal.ts. */
export function disposalOf(closing: Closing): FloatDisposal {
  const { side, quantity, tradeAmount, parts } = closing;
  const slices: FloatSlice[] = [];
  let [quantitySoFar, shareSoFar] = [0, 0];
  for (const part of parts) {
    quantitySoFar += part.quantity;
    const shareAfter = shareUpTo(tradeAmount, quantitySoFar, quantity);
    slices.push(sliceOf(side, part, shareAfter - shareSoFar));
    shareSoFar = shareAfter;
  }
  return disposalOfSlices(closing, slices);
}

function shareUpTo(total: number, point: number, whole: number): number {
  return point === whole ? total : (total * point) / whole;
}

function disposalOfSlices(closing: Closing, slices: readonly FloatSlice[]): FloatDisposal {
  const { id, side, disposedAt, disposedDate, quantity, price, fees } = closing;
  let proceeds = slices[0]?.proceeds ?? 0;
  let costBasis = slices[0]?.costBasis ?? 0;
  for (let index = 1; index < slices.length; index++) {
    proceeds += slices[index]?.proceeds ?? 0;
    costBasis += slices[index]?.costBasis ?? 0;
  }
  return {
    id,
    side,
    disposedAt,
    disposedDate,
    quantity,
    unit: undefined,
    price,
    fees,
    exchangeRate: undefined,
    proceeds,
    costBasis,
    realizedGain: proceeds - costBasis,
    base: undefined,
    slices,
  };
}

function sliceOf(side: LotSide, part: LotPart, tradeShare: number): FloatSlice {
  const { lot, quantity } = part;
  const proceeds = side === "long" ? tradeShare : part.lotAmount;
  const costBasis = side === "long" ? part.lotAmount : tradeShare;
  const realizedGain = proceeds - costBasis;
  return {
    lotId: lot.id,
    openedAt: lot.openedAt,
    quantity,
    proceeds,
    costBasis,
    realizedGain,
    base: undefined,
    lot,
  };
}
