/*
 * A disposal: one closing transaction, and the slices of lots it consumed.
 *
 *   long   a sale.  proceeds = its share of (quantity × price − fees), cost = its share of each lot
 *   short  a cover. proceeds = its share of each lot,                  cost = its share of (quantity × price + fees)
 *
 * One side of the gain comes from the lots and the other from the closing trade. The trade's total is divided
 * over the slices by quantity in the way a lot is (`tax-lot.ts`): the share of a slice is the difference of
 * two running shares, so the slices add up to the total to the last digit.
 *
 * Example: 7 shares sold at 11 with a fee of 1 bring 76. Over lots of 1, 2 and 4 shares that is 10.857…,
 * 21.714… and 43.428…, together exactly 76.
 *
 * Everything a gain follows from is kept: each slice holds the lot as it stood before, the disposal the price,
 * fees and rate of the closing trade. `explain-disposal.ts` works the same figures out again from these alone.
 */
import {
  add,
  type Money,
  multiplyByRate,
  negate,
  type Price,
  type Quantity,
  shareOf,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "./amounts.ts";
import { invariant } from "./invariant.ts";
import type { LotSide, TaxLot } from "./tax-lot.ts";

/** One closing transaction. Its totals are the exact sums of its slices. */
export interface Disposal extends Gain {
  /** Id of the closing transaction. A trade that crosses zero has the same id as the lot it goes on to open. */
  readonly id: string;
  /** Side of the lots that were closed. */
  readonly side: LotSide;
  /** Units: milliseconds since 1970-01-01T00:00:00Z. */
  readonly disposedAt: number;
  /** Local trade date of the closing transaction, when it was given. */
  readonly disposedDate?: string | undefined;
  /**
   * What was closed, in 1e-18 / `unit`; less than the trade's quantity when the trade crosses zero, and zero
   * when only cost was given back (a return of capital, the cash of a merger).
   */
  readonly quantity: Quantity;
  /** In how many parts a share is counted; absent: 1. */
  readonly unit?: bigint | undefined;
  /** Price of the closing trade; absent when it was none. */
  readonly price?: Price | undefined;
  /** The fees that fall on what was closed; already part of proceeds or cost. */
  readonly fees: Money;
  /** Rate to the base currency on closing; absent: no base currency is kept. */
  readonly exchangeRate?: Price | undefined;
  /** Shape: in matching order, one per lot consumed, never empty. */
  readonly slices: readonly DisposalSlice[];
}

/** What was received, what it had cost, and the difference. */
export interface Gain {
  readonly proceeds: Money;
  readonly costBasis: Money;
  readonly realizedGain: Money;
  /** The same in the base currency; absent: no base currency is kept. */
  readonly base?: BaseGain | undefined;
}

/** A gain in the base currency, its part from the exchange rate apart. */
export interface BaseGain {
  readonly proceeds: Money;
  readonly costBasis: Money;
  readonly realizedGain: Money;
  /** realized gain − gain in the instrument's currency × closing rate. */
  readonly exchangeGain: Money;
}

/** What one disposal took from one lot. */
export interface DisposalSlice extends Gain {
  readonly lotId: string;
  readonly openedAt: number;
  /** Units: 1e-18 / the disposal's `unit`. */
  readonly quantity: Quantity;
  /** The lot as it stood before. */
  readonly lot: TaxLot;
}

/** What leaves a lot, before a closing trade's own total is divided. */
export interface LotPart {
  /** The lot as it stood before. */
  readonly lot: TaxLot;
  readonly quantity: Quantity;
  /** Cost (short: net proceeds) that leaves the lot. */
  readonly lotAmount: Money;
  readonly lotBaseAmount: Money | undefined;
}

/** The closing part of a trade and what it consumed. */
export interface Closing {
  readonly id: string;
  readonly side: LotSide;
  readonly disposedAt: number;
  readonly disposedDate: string | undefined;
  /** Sum of the parts' quantities. */
  readonly quantity: Quantity;
  readonly unit: bigint;
  readonly price: Price | undefined;
  readonly fees: Money;
  readonly exchangeRate: Price | undefined;
  /** Long: net proceeds of the sale. Short: cost of the cover. */
  readonly tradeAmount: Money;
  readonly parts: readonly LotPart[];
}

/** Returns the disposal of a closing trade: its total divided over the parts, and the gain of each. */
export function disposalOf(closing: Closing): Disposal {
  const { side, quantity, tradeAmount, parts, exchangeRate: rate } = closing;
  const tradeBaseAmount = rate && multiplyByRate(tradeAmount, rate);
  let [quantitySoFar, shareSoFar, baseShareSoFar] = [ZERO_QUANTITY, ZERO_MONEY, ZERO_MONEY];
  const slices = parts.map((part) => {
    quantitySoFar = quantitySoFar === 0n ? part.quantity : add(quantitySoFar, part.quantity);
    const shareAfter = shareUpTo(tradeAmount, quantitySoFar, quantity);
    const share = shareSoFar === 0n ? shareAfter : subtract(shareAfter, shareSoFar);
    shareSoFar = shareAfter;
    let base: BaseGain | undefined;
    if (rate !== undefined && tradeBaseAmount !== undefined) {
      const baseShareAfter = shareUpTo(tradeBaseAmount, quantitySoFar, quantity);
      base = baseGainOf(side, part, { baseAmount: subtract(baseShareAfter, baseShareSoFar), rate });
      baseShareSoFar = baseShareAfter;
    }
    return sliceOf(side, part, share, base);
  });
  return disposalOfSlices(closing, slices);
}

// The last of the running shares is the whole, and most disposals have one slice.
function shareUpTo(total: Money, point: Quantity, whole: Quantity): Money {
  return point === whole ? total : shareOf(total, point, whole);
}

/** Returns the disposal that these slices add up to. */
export function disposalOfSlices(
  closing: Omit<Closing, "tradeAmount" | "parts">,
  slices: readonly DisposalSlice[],
): Disposal {
  const { id, side, disposedAt, disposedDate, quantity, unit, price, fees, exchangeRate } = closing;
  let proceeds = slices[0]?.proceeds ?? ZERO_MONEY;
  let costBasis = slices[0]?.costBasis ?? ZERO_MONEY;
  for (let index = 1; index < slices.length; index++) {
    proceeds = add(proceeds, slices[index]?.proceeds ?? ZERO_MONEY);
    costBasis = add(costBasis, slices[index]?.costBasis ?? ZERO_MONEY);
  }
  return {
    id,
    side,
    disposedAt,
    disposedDate,
    quantity,
    unit: unit === 1n ? undefined : unit,
    price,
    fees,
    exchangeRate,
    proceeds,
    costBasis,
    realizedGain: slices.length === 1 ? slices[0]!.realizedGain : subtract(proceeds, costBasis),
    base: exchangeRate === undefined ? undefined : totalOfBase(slices),
    slices,
  };
}

function sliceOf(side: LotSide, part: LotPart, tradeShare: Money, base: BaseGain | undefined): DisposalSlice {
  const { lot, quantity } = part;
  const proceeds = side === "long" ? tradeShare : part.lotAmount;
  const costBasis = side === "long" ? part.lotAmount : tradeShare;
  const realizedGain = subtract(proceeds, costBasis);
  return { lotId: lot.id, openedAt: lot.openedAt, quantity, proceeds, costBasis, realizedGain, base, lot };
}

/**
 * Returns the gain in the base currency: the lot's side of it at its opening rate, the trade's side at the
 * closing rate. The part that comes from the currency is what the rate did to the lot's side since.
 */
export function baseGainOf(
  side: LotSide,
  part: LotPart,
  trade: { baseAmount: Money; rate: Price },
): BaseGain {
  const { lotAmount, lotBaseAmount } = part;
  invariant(lotBaseAmount !== undefined, `lot ${part.lot.id} was opened without a base cost`);
  const proceeds = side === "long" ? trade.baseAmount : lotBaseAmount;
  const costBasis = side === "long" ? lotBaseAmount : trade.baseAmount;
  const change = subtract(multiplyByRate(lotAmount, trade.rate), lotBaseAmount);
  return {
    proceeds,
    costBasis,
    realizedGain: subtract(proceeds, costBasis),
    exchangeGain: side === "long" ? change : negate(change),
  };
}

function totalOfBase(slices: readonly DisposalSlice[]): BaseGain {
  let [proceeds, costBasis, exchangeGain] = [ZERO_MONEY, ZERO_MONEY, ZERO_MONEY];
  for (const { base } of slices) {
    if (base === undefined) continue;
    proceeds = add(proceeds, base.proceeds);
    costBasis = add(costBasis, base.costBasis);
    exchangeGain = add(exchangeGain, base.exchangeGain);
  }
  return { proceeds, costBasis, realizedGain: subtract(proceeds, costBasis), exchangeGain };
}
