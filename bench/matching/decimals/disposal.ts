import type { Disposal, DisposalSlice } from "#domain/disposal.ts";
import { invariant } from "#domain/invariant.ts";
import type { LotSide } from "#domain/tax-lot.ts";
import type { InNumber } from "../in-number.ts";
import { type Decimal34, ZERO } from "./decimal.ts";
import type { OpenDecimalLots } from "./open-lots.ts";
import { consumedCost, type DecimalLot, takeFromLot } from "./tax-lot.ts";

export type DecimalDisposal = InNumber<Disposal, Decimal34>;
type DecimalSlice = InNumber<DisposalSlice, Decimal34>;

interface LotPart {
  readonly lot: DecimalLot;
  readonly quantity: Decimal34;
  readonly lotAmount: Decimal34;
  readonly lotBaseAmount: Decimal34 | undefined;
}

interface Closing {
  readonly id: string;
  readonly side: LotSide;
  readonly disposedAt: number;
  readonly disposedDate: string | undefined;
  readonly quantity: Decimal34;
  readonly price: Decimal34;
  readonly fees: Decimal34;
  readonly tradeAmount: Decimal34;
  readonly parts: readonly LotPart[];
}

/** As `consume` in domain/consume.ts. */
export function consume(lots: OpenDecimalLots, side: LotSide, total: Decimal34): LotPart[] {
  const first = consumeFirst(lots, side, total);
  const parts = [first];
  let left = total;
  let taken = first.quantity;
  while (!left.eq(taken)) {
    left = left.minus(taken);
    const part = consumeFirst(lots, side, left);
    parts.push(part);
    taken = part.quantity;
  }
  return parts;
}

function consumeFirst(lots: OpenDecimalLots, side: LotSide, most: Decimal34): LotPart {
  const lot = lots.first();
  if (lot.side !== side) invariant(false, `lot ${lot.id} is not ${side}`);
  const quantity = most.lt(lot.remainingQuantity) ? most : lot.remainingQuantity;
  if (quantity.lte(0)) invariant(false, `lot ${lot.id} is open but empty`);
  const after = takeFromLot(lot, quantity);
  const costBefore = lots.consumedCostOf(lot);
  const costAfter = consumedCost(after);
  const lotAmount = costBefore.isZero() ? costAfter : costAfter.minus(costBefore);
  lots.replaceFirst(lot, after, costAfter);
  return { lot, quantity, lotAmount, lotBaseAmount: undefined };
}

/** As `disposalOf` in domain/disposal.ts. */
export function disposalOf(closing: Closing): DecimalDisposal {
  const { side, quantity, tradeAmount, parts } = closing;
  let [quantitySoFar, shareSoFar] = [ZERO, ZERO];
  const slices = parts.map((part) => {
    quantitySoFar = quantitySoFar.isZero() ? part.quantity : quantitySoFar.plus(part.quantity);
    const shareAfter = shareUpTo(tradeAmount, quantitySoFar, quantity);
    const share = shareSoFar.isZero() ? shareAfter : shareAfter.minus(shareSoFar);
    shareSoFar = shareAfter;
    return sliceOf(side, part, share);
  });
  return disposalOfSlices(closing, slices);
}

function shareUpTo(total: Decimal34, point: Decimal34, whole: Decimal34): Decimal34 {
  return point.eq(whole) ? total : total.times(point).div(whole);
}

function disposalOfSlices(closing: Closing, slices: readonly DecimalSlice[]): DecimalDisposal {
  const { id, side, disposedAt, disposedDate, quantity, price, fees } = closing;
  let proceeds = slices[0]?.proceeds ?? ZERO;
  let costBasis = slices[0]?.costBasis ?? ZERO;
  for (let index = 1; index < slices.length; index++) {
    proceeds = proceeds.plus(slices[index]?.proceeds ?? ZERO);
    costBasis = costBasis.plus(slices[index]?.costBasis ?? ZERO);
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
    realizedGain: slices.length === 1 ? slices[0]!.realizedGain : proceeds.minus(costBasis),
    base: undefined,
    slices,
  };
}

function sliceOf(side: LotSide, part: LotPart, tradeShare: Decimal34): DecimalSlice {
  const { lot, quantity } = part;
  const proceeds = side === "long" ? tradeShare : part.lotAmount;
  const costBasis = side === "long" ? part.lotAmount : tradeShare;
  const realizedGain = proceeds.minus(costBasis);
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
