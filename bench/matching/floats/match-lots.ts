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

interface OpenHolding {
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

function openHolding(holding: FloatHolding, rules: LedgerRules): OpenHolding {
  return {
    currency: holding.currency,
    quantity: holding.quantity,
    costBasis: holding.costBasis,
    realizedGain: holding.realizedGain,
    fees: holding.fees,
    lots: new OpenFloatLots(holding.lots, holding.quantity, compareLots(rules.method)),
  };
}

function closeHolding(open: OpenHolding): FloatHolding {
  const { currency, quantity, costBasis, realizedGain, fees, lots } = open;
  return { currency, quantity, costBasis, realizedGain, fees, lots: lots.remaining() };
}

function judgeTrade(holding: OpenHolding, trade: FloatTrade, rules: LedgerRules): Refusal | undefined {
  if (trade.quantity <= 0) return rejected("invalid-quantity");
  if (trade.price < 0) return rejected("invalid-price");
  if (trade.fees < 0) return rejected("invalid-fees");
  if (holding.currency !== undefined && holding.currency !== trade.currency)
    return rejected("currency-mismatch");
  const held = trade.type === "sell" ? holding.quantity : -holding.quantity;
  const oversold = trade.type === "sell" && trade.quantity > held;
  if (oversold && !rules.allowShort) return rejected("insufficient-quantity");
  return undefined;
}

function applyTrade(holding: OpenHolding, trade: FloatTrade, rules: LedgerRules): FloatDisposal | undefined {
  const against = trade.type === "buy" ? holding.quantity < 0 : holding.quantity > 0;
  const whole = trade.quantity;
  const held = Math.abs(holding.quantity);
  const closing = against ? (whole < held ? whole : held) : 0;
  const opening = whole - closing;
  const gross = trade.quantity * trade.price;
  const amount = trade.type === "buy" ? gross + trade.fees : gross - trade.fees;
  const closingAmount = shareOfTrade(amount, closing, whole);
  const disposal = closing === 0 ? undefined : close(holding, trade, { closing, whole, closingAmount });
  if (opening > 0) open(holding, trade, rules, { quantity: opening, cost: amount - closingAmount });
  holding.currency = trade.currency;
  holding.fees += trade.fees;
  return disposal;
}

function shareOfTrade(amount: number, part: number, whole: number): number {
  if (part === 0) return 0;
  return part === whole ? amount : (amount * part) / whole;
}

function close(
  holding: OpenHolding,
  trade: FloatTrade,
  size: { closing: number; whole: number; closingAmount: number },
): FloatDisposal {
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
  holding.realizedGain += disposal.realizedGain;
  if (side === "long") changeHolding(holding, { quantity: -closing, cost: -disposal.costBasis });
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
  else holding.lots.open(lot);
  changeHolding(holding, {
    quantity: side === "long" ? quantity : -quantity,
    cost: side === "long" ? cost : -cost,
  });
}

function addToPool(holding: OpenHolding, lot: FloatLot): void {
  const [pool] = holding.lots.remaining();
  if (pool === undefined) holding.lots.open(lot);
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
  open.quantity += change.quantity;
  open.costBasis += change.cost;
  if (open.quantity === 0) open.costBasis = 0;
}
