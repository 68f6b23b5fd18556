/*
 * The matcher of domain/ on decimal.js with 34 digits, step for step, as the one in ../floats. Kept for B2 alone.
 */
import type { Holding } from "#domain/holding.ts";
import { invariant } from "#domain/invariant.ts";
import type { LedgerRules, MatchResult } from "#domain/match-lots.ts";
import type { LotSide } from "#domain/tax-lot.ts";
import {
  compareLedgerOrder,
  type LedgerTransaction,
  type Refusal,
  rejected,
  type TransactionOutcome,
} from "#domain/transaction.ts";
import type { InNumber } from "../in-number.ts";
import { type Decimal34, ZERO } from "./decimal.ts";
import { consume, disposalOf, type DecimalDisposal } from "./disposal.ts";
import { OpenDecimalLots } from "./open-lots.ts";
import { compareLots, type DecimalLot, remainingCost } from "./tax-lot.ts";

export type DecimalTrade = InNumber<LedgerTransaction, Decimal34>;
export type DecimalHolding = InNumber<Holding, Decimal34>;
export type DecimalMatchResult = InNumber<MatchResult, Decimal34>;

export const EMPTY_DECIMAL_HOLDING: DecimalHolding = {
  currency: undefined,
  quantity: ZERO,
  costBasis: ZERO,
  realizedGain: ZERO,
  fees: ZERO,
  lots: [],
};

interface OpenHolding {
  currency: string | undefined;
  quantity: Decimal34;
  costBasis: Decimal34;
  realizedGain: Decimal34;
  fees: Decimal34;
  readonly lots: OpenDecimalLots;
}

/** As `matchTransactions` in domain/match-lots.ts. */
export function matchDecimalTrades(
  holding: DecimalHolding,
  trades: readonly DecimalTrade[],
  rules: LedgerRules,
): DecimalMatchResult {
  const open = openHolding(holding, rules);
  const outcomes: TransactionOutcome[] = [];
  const disposals: DecimalDisposal[] = [];
  let previous: DecimalTrade | undefined;
  for (const trade of trades) {
    invariant(previous === undefined || compareLedgerOrder(previous, trade) < 0, "not in ledger order");
    previous = trade;
    const transactionId = trade.id;
    const refusal = judgeTrade(open, trade, rules);
    if (refusal === undefined) {
      const disposal = applyTrade(open, trade, rules);
      if (disposal !== undefined) disposals.push(disposal);
      outcomes.push({ transactionId, status: "matched" });
    } else {
      outcomes.push({ transactionId, ...refusal });
    }
  }
  return {
    holding: closeHolding(open),
    outcomes,
    disposals,
    openedLots: open.lots.opened(),
    touchedLots: open.lots.touched(),
  };
}

function openHolding(holding: DecimalHolding, rules: LedgerRules): OpenHolding {
  return {
    currency: holding.currency,
    quantity: holding.quantity,
    costBasis: holding.costBasis,
    realizedGain: holding.realizedGain,
    fees: holding.fees,
    lots: new OpenDecimalLots(holding.lots, holding.quantity, compareLots(rules.method)),
  };
}

function closeHolding(open: OpenHolding): DecimalHolding {
  const { currency, quantity, costBasis, realizedGain, fees, lots } = open;
  return { currency, quantity, costBasis, realizedGain, fees, lots: lots.remaining() };
}

function judgeTrade(holding: OpenHolding, trade: DecimalTrade, rules: LedgerRules): Refusal | undefined {
  if (trade.quantity.lte(0)) return rejected("invalid-quantity");
  if (trade.price.lt(0)) return rejected("invalid-price");
  if (trade.fees.lt(0)) return rejected("invalid-fees");
  if (holding.currency !== undefined && holding.currency !== trade.currency)
    return rejected("currency-mismatch");
  const held = trade.type === "sell" ? holding.quantity : holding.quantity.neg();
  const oversold = trade.type === "sell" && trade.quantity.gt(held);
  if (oversold && !rules.allowShort) return rejected("insufficient-quantity");
  return undefined;
}

function applyTrade(
  holding: OpenHolding,
  trade: DecimalTrade,
  rules: LedgerRules,
): DecimalDisposal | undefined {
  const against = trade.type === "buy" ? holding.quantity.lt(0) : holding.quantity.gt(0);
  const whole = trade.quantity;
  const held = holding.quantity.abs();
  const closing = against ? (whole.lt(held) ? whole : held) : ZERO;
  const opening = whole.minus(closing);
  const gross = trade.quantity.times(trade.price);
  const amount = trade.type === "buy" ? gross.plus(trade.fees) : gross.minus(trade.fees);
  const closingAmount = shareOfTrade(amount, closing, whole);
  const disposal = closing.isZero() ? undefined : close(holding, trade, { closing, whole, closingAmount });
  if (opening.gt(0)) open(holding, trade, rules, { quantity: opening, cost: amount.minus(closingAmount) });
  holding.currency = trade.currency;
  holding.fees = holding.fees.plus(trade.fees);
  return disposal;
}

function shareOfTrade(amount: Decimal34, part: Decimal34, whole: Decimal34): Decimal34 {
  if (part.isZero()) return ZERO;
  return part.eq(whole) ? amount : amount.times(part).div(whole);
}

function close(
  holding: OpenHolding,
  trade: DecimalTrade,
  size: { closing: Decimal34; whole: Decimal34; closingAmount: Decimal34 },
): DecimalDisposal {
  const side: LotSide = trade.type === "sell" ? "long" : "short";
  const { closing, whole, closingAmount } = size;
  const disposal = disposalOf({
    id: trade.id,
    side,
    disposedAt: trade.tradedAt,
    disposedDate: trade.tradeDate,
    quantity: closing,
    price: trade.price,
    fees: shareOfTrade(trade.fees, closing, whole),
    tradeAmount: closingAmount,
    parts: consume(holding.lots, side, closing),
  });
  holding.realizedGain = holding.realizedGain.plus(disposal.realizedGain);
  if (side === "long") changeHolding(holding, { quantity: closing.neg(), cost: disposal.costBasis.neg() });
  else changeHolding(holding, { quantity: closing, cost: disposal.proceeds });
  return disposal;
}

function open(
  holding: OpenHolding,
  trade: DecimalTrade,
  rules: LedgerRules,
  opening: { quantity: Decimal34; cost: Decimal34 },
): void {
  const side: LotSide = trade.type === "buy" ? "long" : "short";
  const { quantity, cost } = opening;
  const lot: DecimalLot = {
    id: trade.id,
    side,
    openedAt: trade.tradedAt,
    openedSequence: trade.orderSequence,
    openedDate: trade.tradeDate,
    originalQuantity: quantity,
    originalCost: cost,
    remainingQuantity: quantity,
    unit: undefined,
    originalBaseCost: undefined,
    openingRate: undefined,
  };
  if (rules.method === "average") addToPool(holding, lot);
  else holding.lots.open(lot);
  changeHolding(holding, {
    quantity: side === "long" ? quantity : quantity.neg(),
    cost: side === "long" ? cost : cost.neg(),
  });
}

function addToPool(holding: OpenHolding, lot: DecimalLot): void {
  const [pool] = holding.lots.remaining();
  if (pool === undefined) holding.lots.open(lot);
  else holding.lots.replace(pool, mergedPool(pool, lot));
}

function mergedPool(pool: DecimalLot, lot: DecimalLot): DecimalLot {
  const quantity = pool.remainingQuantity.plus(lot.remainingQuantity);
  return {
    ...pool,
    originalQuantity: quantity,
    originalCost: remainingCost(pool).plus(remainingCost(lot)),
    remainingQuantity: quantity,
    originalBaseCost: undefined,
    openingRate: undefined,
    exactUnitCost: undefined,
  };
}

function changeHolding(open: OpenHolding, change: { quantity: Decimal34; cost: Decimal34 }): void {
  open.quantity = open.quantity.plus(change.quantity);
  open.costBasis = open.costBasis.plus(change.cost);
  if (open.quantity.isZero()) open.costBasis = ZERO;
}
