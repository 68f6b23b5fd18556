/*
 * The matcher of domain/ on plain floats, step for step: same judgements, lots, slices, disposals, gains and outcomes,
 * in objects of the same shape. Kept for B1 alone, which asks what exactness costs. When the domain's code changes its
 * structure this one follows, or B1 compares two different programs.
 *
 * Left out is what the trades of B1 never have, and what the domain therefore only looks for: lots named by the user,
 * a base currency, parts of a share after a split. Where the domain asserts that nothing is left of the cost when
 * nothing is held, floats leave a residue, which is dropped.
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
import { consume, disposalOf, type FloatDisposal } from "./disposal.ts";
import { OpenFloatLots } from "./open-lots.ts";
import { compareLots, type FloatLot, remainingCost } from "./tax-lot.ts";

export type FloatTrade = InNumber<LedgerTransaction, number>;
export type FloatHolding = InNumber<Holding, number>;
export type FloatMatchResult = InNumber<MatchResult, number>;

export const EMPTY_FLOAT_HOLDING: FloatHolding = {
  currency: undefined,
  quantity: 0,
  costBasis: 0,
  realizedGain: 0,
  fees: 0,
  lots: [],
};

export interface OpenHolding {
  currency: string | undefined;
  quantity: number;
  costBasis: number;
  realizedGain: number;
  fees: number;
  readonly lots: OpenFloatLots;
}

/** As `matchTransactions` in domain/match-lots.ts. */
export function matchFloatTrades(
  holding: FloatHolding,
  trades: readonly FloatTrade[],
  rules: LedgerRules,
): FloatMatchResult {
  const open = openHolding(holding, rules);
  const outcomes: TransactionOutcome[] = [];
  const disposals: FloatDisposal[] = [];
  let previous: FloatTrade | undefined;
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

export function openHolding(holding: FloatHolding, rules: LedgerRules): OpenHolding {
  return {
    currency: holding.currency,
    quantity: holding.quantity,
    costBasis: holding.costBasis,
    realizedGain: holding.realizedGain,
    fees: holding.fees,
    lots: new OpenFloatLots(holding.lots, holding.quantity, compareLots(rules.method)),
  };
}

export function closeHolding(open: OpenHolding): FloatHolding {
  const { currency, quantity, costBasis, realizedGain, fees, lots } = open;
  return { currency, quantity, costBasis, realizedGain, fees, lots: lots.remaining() };
}

export function judgeTrade(holding: OpenHolding, trade: FloatTrade, rules: LedgerRules): Refusal | undefined {
  if (trade.quantity <= 0) return rejected("invalid-quantity");
  if (trade.price < 0) return rejected("invalid-price");
  if (trade.fees < 0) return rejected("invalid-fees");
  if (holding.currency !== undefined && holding.currency !== trade.currency)
    return rejected("currency-mismatch");
  if (trade.type === "sell" && !rules.allowShort && trade.quantity > holding.quantity)
    return rejected("insufficient-quantity");
  return undefined;
}

export function applyTrade(
  holding: OpenHolding,
  trade: FloatTrade,
  rules: LedgerRules,
): FloatDisposal | undefined {
  const whole = trade.quantity;
  const gross = trade.quantity * trade.price;
  const amount = trade.type === "buy" ? gross + trade.fees : gross - trade.fees;
  const held = Math.abs(holding.quantity);
  const closing = runsAgainst(trade, holding) ? (whole < held ? whole : held) : 0;
  holding.currency = trade.currency;
  holding.fees = holding.fees + trade.fees;
  if (closing === 0) {
    open(holding, trade, rules, { quantity: whole, cost: amount });
    return undefined;
  }
  if (closing === whole) return close(holding, trade, { closing, amount, fees: trade.fees });
  const closingAmount = (amount * closing) / whole;
  const fees = (trade.fees * closing) / whole;
  const disposal = close(holding, trade, { closing, amount: closingAmount, fees });
  open(holding, trade, rules, {
    quantity: whole - closing,
    cost: amount - closingAmount,
  });
  return disposal;
}

function runsAgainst(trade: FloatTrade, { quantity }: OpenHolding): boolean {
  return trade.type === "buy" ? quantity < 0 : quantity > 0;
}

function close(
  holding: OpenHolding,
  trade: FloatTrade,
  part: { closing: number; amount: number; fees: number },
): FloatDisposal {
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
  holding.realizedGain += disposal.realizedGain;
  if (side === "long") changeHoldingBack(holding, { quantity: closing, cost: disposal.costBasis });
  else changeHolding(holding, { quantity: closing, cost: disposal.proceeds });
  return disposal;
}

function open(
  holding: OpenHolding,
  trade: FloatTrade,
  rules: LedgerRules,
  opening: { quantity: number; cost: number },
): void {
  const side: LotSide = trade.type === "buy" ? "long" : "short";
  const { quantity, cost } = opening;
  const lot: FloatLot = {
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

function addToPool(holding: OpenHolding, lot: FloatLot): void {
  const pool = holding.lots.pool();
  if (pool === undefined) holding.lots.openNew(lot);
  else holding.lots.replace(pool, mergedPool(pool, lot));
}

function mergedPool(pool: FloatLot, lot: FloatLot): FloatLot {
  const quantity = pool.remainingQuantity + lot.remainingQuantity;
  return {
    ...pool,
    originalQuantity: quantity,
    originalCost: remainingCost(pool) + remainingCost(lot),
    remainingQuantity: quantity,
    originalBaseCost: undefined,
    openingRate: undefined,
    exactUnitCost: undefined,
  };
}

function changeHolding(open: OpenHolding, change: { quantity: number; cost: number }): void {
  open.quantity = open.quantity + change.quantity;
  open.costBasis = open.costBasis + change.cost;
  settle(open);
}

function changeHoldingBack(open: OpenHolding, change: { quantity: number; cost: number }): void {
  open.quantity = open.quantity - change.quantity;
  open.costBasis = open.costBasis - change.cost;
  settle(open);
}

function settle(open: OpenHolding): void {
  if (open.quantity === 0) open.costBasis = 0;
}
