/*
 * One trade against one holding. A trade takes the same three steps, whatever its type and the lot method:
 *
 *   1. judge   a trade that breaks a rule is refused whole: a reason, and nothing else changes
 *   2. close   the part that runs against the holding consumes lots, in the order of the lot method or as named
 *   3. open    the rest, if any, becomes a lot of its own, on the side of the trade
 *
 * Longs and shorts are one code path: a buy runs against a short holding as a sell runs against a long one,
 * and a trade larger than what it runs against does both 2 and 3. What it costs or brings, fee included, is
 * divided by quantity between the two parts; the opening part takes the remainder, so that it counts exactly
 * once, and keeps the exact unit cost where the division leaves one.
 *
 * Average cost differs in step 3 only: the lots of a holding are one pool. An opening adds to it, and the
 * pool starts afresh with the sum, so that a closing takes its share of all that is in it.
 *
 * Worked example (FIFO).
 *   before   lot b1: 100 for 15,000      lot b2: 50 for 8,000
 *   trade    sell 80 at 170, no fee
 *   close    80 of b1: proceeds 13,600, cost 15,000 × 80/100 = 12,000, gain 1,600
 *   open     nothing
 *   after    lot b1: 20 for 3,000        lot b2: 50 for 8,000      cost basis 11,000, average 157.142857…
 */
import {
  add,
  lesser,
  magnitude,
  type Money,
  multiply,
  type Price,
  type Quantity,
  shareOf,
  subtract,
  ZERO_QUANTITY,
} from "./amounts.ts";
import { consume, consumeNamed, judgeSelection } from "./consume.ts";
import { type Disposal, disposalOf } from "./disposal.ts";
import type { LedgerRules } from "./holding.ts";
import { addGain, changeHolding, changeHoldingBack, type OpenHolding } from "./open-holding.ts";
import { greatestCommonDivisor, type Ratio, ratioOf } from "./ratio.ts";
import {
  contentsOf,
  inBaseCurrency,
  type LotSide,
  remainingBaseCost,
  remainingCost,
  rewriteLot,
  type TaxLot,
} from "./tax-lot.ts";
import { type LedgerTransaction, needsAttention, type Refusal, rejected } from "./transaction.ts";

const ONE_TO_ONE = (10n ** 18n) as Price;

/** Returns why the trade takes no part in the ledger, or undefined when it does. */
export function judgeTrade(
  holding: OpenHolding,
  trade: LedgerTransaction,
  rules: LedgerRules,
): Refusal | undefined {
  if (trade.quantity <= 0n) return rejected("invalid-quantity");
  if (trade.price < 0n) return rejected("invalid-price");
  if (trade.fees < 0n) return rejected("invalid-fees");
  if (holding.currency !== undefined && holding.currency !== trade.currency)
    return rejected("currency-mismatch");
  if (trade.type === "sell" && !rules.allowShort && countOf(trade, holding) > holding.quantity)
    return rejected("insufficient-quantity");
  if (trade.lots !== undefined && trade.lots.length > 0) {
    if (rules.method === "average") return rejected("lot-selection-not-allowed");
    if (!runsAgainst(trade, holding)) return needsAttention("unknown-lot");
    const refusal = judgeSelection(holding.lots, holding, { quantity: trade.quantity, lots: trade.lots });
    if (refusal !== undefined) return refusal;
  }
  return judgeRate(trade, rules);
}

/** Returns the refusal of a transaction whose rate to the base currency is not known though one is needed. */
export function judgeRate(
  transaction: { readonly currency: string; readonly exchangeRate?: Price | undefined },
  rules: LedgerRules,
): Refusal | undefined {
  if (rules.baseCurrency === undefined || transaction.currency === rules.baseCurrency) return undefined;
  const { exchangeRate } = transaction;
  return exchangeRate === undefined || exchangeRate <= 0n ? needsAttention("missing-fx-rate") : undefined;
}

/** Returns the rate to the base currency that was judged; undefined when no base currency is kept. */
export function rateOf(
  transaction: { readonly currency: string; readonly exchangeRate?: Price | undefined },
  rules: LedgerRules,
): Price | undefined {
  if (rules.baseCurrency === undefined) return undefined;
  return transaction.currency === rules.baseCurrency ? ONE_TO_ONE : transaction.exchangeRate;
}

/** Applies a trade that was judged; returns the disposal of what it closed, if anything. */
export function applyTrade(
  holding: OpenHolding,
  trade: LedgerTransaction,
  rules: LedgerRules,
): Disposal | undefined {
  const { unit } = holding;
  const whole = countOf(trade, holding);
  const gross = multiply(trade.quantity, trade.price);
  const amount = trade.type === "buy" ? add(gross, trade.fees) : subtract(gross, trade.fees);
  const closing = runsAgainst(trade, holding) ? lesser(whole, magnitude(holding.quantity)) : ZERO_QUANTITY;
  holding.currency = trade.currency;
  holding.fees = add(holding.fees, trade.fees);
  // Most trades close all that they trade, or nothing: what crosses zero is divided, and nothing else.
  if (closing === 0n) {
    open(holding, trade, rules, { quantity: whole, unit, cost: amount, unitCost: undefined });
    return undefined;
  }
  if (closing === whole) return close(holding, trade, rules, { closing, amount, fees: trade.fees });
  const closingAmount = shareOf(amount, closing, whole);
  const fees = shareOf(trade.fees, closing, whole);
  const disposal = close(holding, trade, rules, { closing, amount: closingAmount, fees });
  // Of a trade that crosses zero after a split, what opens may need the old unit no longer.
  const opening = subtract(whole, closing);
  const divisor = greatestCommonDivisor(opening, unit);
  open(holding, trade, rules, {
    quantity: (opening / divisor) as Quantity,
    unit: unit / divisor,
    cost: subtract(amount, closingAmount),
    unitCost: ratioOf(amount, trade.quantity),
  });
  return disposal;
}

/** Returns the trade's quantity counted as the holding's is. */
function countOf(trade: LedgerTransaction, { unit }: { readonly unit: bigint }): Quantity {
  return unit === 1n ? trade.quantity : ((trade.quantity * unit) as Quantity);
}

function runsAgainst(trade: LedgerTransaction, { quantity }: { readonly quantity: Quantity }): boolean {
  return trade.type === "buy" ? quantity < 0n : quantity > 0n;
}

function close(
  holding: OpenHolding,
  trade: LedgerTransaction,
  rules: LedgerRules,
  part: { closing: Quantity; amount: Money; fees: Money },
): Disposal {
  const side: LotSide = trade.type === "sell" ? "long" : "short";
  const { closing, amount, fees } = part;
  const named = trade.lots !== undefined && trade.lots.length > 0 ? trade.lots : undefined;
  const disposal = disposalOf({
    id: trade.id,
    side,
    disposedAt: trade.tradedAt,
    disposedDate: trade.tradeDate,
    quantity: closing,
    unit: holding.unit,
    price: trade.price,
    fees,
    exchangeRate: rateOf(trade, rules),
    tradeAmount: amount,
    parts:
      named === undefined
        ? consume(holding.lots, side, closing)
        : consumeNamed(holding.lots, holding.unit, named),
  });
  const { base } = disposal;
  addGain(holding, disposal);
  if (side === "long") {
    changeHoldingBack(holding, { quantity: closing, cost: disposal.costBasis, baseCost: base?.costBasis });
  } else {
    changeHolding(holding, { quantity: closing, cost: disposal.proceeds, baseCost: base?.proceeds });
  }
  return disposal;
}

/** What a trade opens; `unitCost` where its cost may be a rounded share of the trade's. */
interface Opening {
  readonly quantity: Quantity;
  readonly unit: bigint;
  readonly cost: Money;
  readonly unitCost: Ratio | undefined;
}

function open(holding: OpenHolding, trade: LedgerTransaction, rules: LedgerRules, opening: Opening): void {
  const side: LotSide = trade.type === "buy" ? "long" : "short";
  const rate = rateOf(trade, rules);
  const baseCost = inBaseCurrency(opening.cost, rate);
  // Closing everything has reset the holding's unit; what opens then may still need it.
  holding.unit = opening.unit;
  const { quantity, cost } = opening;
  const plain: TaxLot = {
    id: trade.id,
    side,
    openedAt: trade.tradedAt,
    openedSequence: trade.orderSequence,
    openedDate: trade.tradeDate,
    originalQuantity: quantity,
    originalCost: cost,
    remainingQuantity: quantity,
    unit: opening.unit === 1n ? undefined : opening.unit,
    originalBaseCost: baseCost,
    openingRate: rate,
  };
  const { unitCost } = opening;
  const lot = unitCost === undefined ? plain : rewriteLot(plain, { ...contentsOf(plain), unitCost });
  if (rules.method === "average") addToPool(holding, lot);
  else holding.lots.openNew(lot);
  if (side === "long") changeHolding(holding, { quantity, cost, baseCost });
  else changeHoldingBack(holding, { quantity, cost, baseCost });
}

/** Adds a lot to the pool of an average-cost holding, which keeps the identity of its first opening. */
export function addToPool(holding: OpenHolding, lot: TaxLot): void {
  const pool = holding.lots.pool();
  if (pool === undefined) {
    holding.lots.open(lot);
    return;
  }
  holding.lots.replace(pool, mergedPool(pool, lot));
}

function mergedPool(pool: TaxLot, lot: TaxLot): TaxLot {
  const quantity = add(pool.remainingQuantity, lot.remainingQuantity);
  const [baseCost, lotBaseCost] = [remainingBaseCost(pool), remainingBaseCost(lot)];
  return {
    ...pool,
    originalQuantity: quantity,
    originalCost: add(remainingCost(pool), remainingCost(lot)),
    remainingQuantity: quantity,
    originalBaseCost:
      baseCost === undefined || lotBaseCost === undefined ? undefined : add(baseCost, lotBaseCost),
    openingRate: undefined,
    exactUnitCost: undefined,
  };
}
