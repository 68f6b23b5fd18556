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
  const first = consumeFirst(lots, side, total);
  const parts = [first];
  let left = total;
  let taken = first.quantity;
  while (left !== taken) {
    left = left - taken;
    const part = consumeFirst(lots, side, left);
    parts.push(part);
    taken = part.quantity;
  }
  return parts;
}

function consumeFirst(lots: OpenFloatLots, side: LotSide, most: number): LotPart {
  const lot = lots.first();
  if (lot.side !== side) invariant(false, `lot ${lot.id} is not ${side}`);
  const quantity = most < lot.remainingQuantity ? most : lot.remainingQuantity;
  if (quantity <= 0) invariant(false, `lot ${lot.id} is open but empty`);
  const after = takeFromLot(lot, quantity);
  const costBefore = lots.consumedCostOf(lot);
  const costAfter = consumedCost(after);
  const lotAmount = costBefore === 0 ? costAfter : costAfter - costBefore;
  lots.replaceFirst(lot, after, costAfter);
  return { lot, quantity, lotAmount, lotBaseAmount: undefined };
}

/** As `disposalOf` in domain/disposal.ts. */
export function disposalOf(closing: Closing): FloatDisposal {
  const { side, quantity, tradeAmount, parts } = closing;
  let [quantitySoFar, shareSoFar] = [0, 0];
  const slices = parts.map((part) => {
    quantitySoFar = quantitySoFar === 0 ? part.quantity : quantitySoFar + part.quantity;
    const shareAfter = shareUpTo(tradeAmount, quantitySoFar, quantity);
    const share = shareSoFar === 0 ? shareAfter : shareAfter - shareSoFar;
    shareSoFar = shareAfter;
    return sliceOf(side, part, share);
  });
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
    realizedGain: slices.length === 1 ? slices[0]!.realizedGain : proceeds - costBasis,
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
