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
  const parts: LotPart[] = [];
  let left = total;
  while (left.gt(0)) {
    const before = lots.first();
    invariant(before.side === side, `lot ${before.id} is not ${side}`);
    const quantity = left.lt(before.remainingQuantity) ? left : before.remainingQuantity;
    invariant(quantity.gt(0), `lot ${before.id} is open but empty`);
    const after = takeFromLot(before, quantity);
    const costAfter = consumedCost(after);
    const lotAmount = costAfter.minus(lots.consumedCostOfFirst());
    parts.push({ lot: before, quantity, lotAmount, lotBaseAmount: undefined });
    lots.replaceFirst(before, after, costAfter);
    left = left.minus(quantity);
  }
  return parts;
}

/** As `disposalOf` in domain/disposal.ts. */
export function disposalOf(closing: Closing): DecimalDisposal {
  const { side, quantity, tradeAmount, parts } = closing;
  const slices: DecimalSlice[] = [];
  let [quantitySoFar, shareSoFar] = [ZERO, ZERO];
  for (const part of parts) {
    quantitySoFar = quantitySoFar.plus(part.quantity);
    const shareAfter = shareUpTo(tradeAmount, quantitySoFar, quantity);
    slices.push(sliceOf(side, part, shareAfter.minus(shareSoFar)));
    shareSoFar = shareAfter;
  }
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
    realizedGain: proceeds.minus(costBasis),
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
