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

export interface OpenHolding {
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

export function openHolding(holding: DecimalHolding, rules: LedgerRules): OpenHolding {
  return {
    currency: holding.currency,
    quantity: holding.quantity,
    costBasis: holding.costBasis,
    realizedGain: holding.realizedGain,
    fees: holding.fees,
    lots: new OpenDecimalLots(holding.lots, holding.quantity, compareLots(rules.method)),
  };
}

export function closeHolding(open: OpenHolding): DecimalHolding {
  const { currency, quantity, costBasis, realizedGain, fees, lots } = open;
  return { currency, quantity, costBasis, realizedGain, fees, lots: lots.remaining() };
}

export function judgeTrade(
  holding: OpenHolding,
  trade: DecimalTrade,
  rules: LedgerRules,
): Refusal | undefined {
  if (trade.quantity.lte(0)) return rejected("invalid-quantity");
  if (trade.price.lt(0)) return rejected("invalid-price");
  if (trade.fees.lt(0)) return rejected("invalid-fees");
  if (holding.currency !== undefined && holding.currency !== trade.currency)
    return rejected("currency-mismatch");
  if (trade.type === "sell" && !rules.allowShort && trade.quantity.gt(holding.quantity))
    return rejected("insufficient-quantity");
  return undefined;
}

export function applyTrade(
  holding: OpenHolding,
  trade: DecimalTrade,
  rules: LedgerRules,
): DecimalDisposal | undefined {
  const whole = trade.quantity;
  const gross = trade.quantity.times(trade.price);
  const amount = trade.type === "buy" ? gross.plus(trade.fees) : gross.minus(trade.fees);
  const held = holding.quantity.abs();
  const closing = runsAgainst(trade, holding) ? (whole.lt(held) ? whole : held) : ZERO;
  holding.currency = trade.currency;
  holding.fees = holding.fees.plus(trade.fees);
  if (closing.isZero()) {
    open(holding, trade, rules, { quantity: whole, cost: amount });
    return undefined;
  }
  if (closing.eq(whole)) return close(holding, trade, { closing, amount, fees: trade.fees });
  const closingAmount = amount.times(closing).div(whole);
  const fees = trade.fees.times(closing).div(whole);
  const disposal = close(holding, trade, { closing, amount: closingAmount, fees });
  open(holding, trade, rules, {
    quantity: whole.minus(closing),
    cost: amount.minus(closingAmount),
  });
  return disposal;
}

function runsAgainst(trade: DecimalTrade, { quantity }: OpenHolding): boolean {
  return trade.type === "buy" ? quantity.lt(0) : quantity.gt(0);
}

function close(
  holding: OpenHolding,
  trade: DecimalTrade,
  part: { closing: Decimal34; amount: Decimal34; fees: Decimal34 },
): DecimalDisposal {
  const side: LotSide = trade.type === "sell" ? "long" : "short";
  const { closing, amount, fees } = part;
  const disposal = disposalOf({
    id: trade.id,
    side,
    disposedAt: trade.tradedAt,
    disposedDate: trade.tradeDate,
    quantity: closing,
    price: trade.price,
    fees,
    tradeAmount: amount,
    parts: consume(holding.lots, side, closing),
  });
  holding.realizedGain = holding.realizedGain.plus(disposal.realizedGain);
  if (side === "long") changeHoldingBack(holding, { quantity: closing, cost: disposal.costBasis });
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
  else holding.lots.openNew(lot);
  if (side === "long") changeHolding(holding, { quantity, cost });
  else changeHoldingBack(holding, { quantity, cost });
}

function addToPool(holding: OpenHolding, lot: DecimalLot): void {
  const pool = holding.lots.pool();
  if (pool === undefined) holding.lots.openNew(lot);
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
  settle(open);
}

function changeHoldingBack(open: OpenHolding, change: { quantity: Decimal34; cost: Decimal34 }): void {
  open.quantity = open.quantity.minus(change.quantity);
  open.costBasis = open.costBasis.minus(change.cost);
  settle(open);
}

function settle(open: OpenHolding): void {
  if (open.quantity.isZero()) open.costBasis = ZERO;
}
