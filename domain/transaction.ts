import type { Money, Price, Quantity } from "./amounts.ts";

/** The transactions that open and close lots. */
export type TradeType = "buy" | "sell";

/** So much of one lot, as a user names it on a sale, a cover or a transfer. */
export interface LotSelection {
  readonly lotId: string;
  readonly quantity: Quantity;
}

/** What every transaction has: who it is, and its place in the ledger. */
export interface LedgerPlace {
  /** Permanent identity; a lot that the transaction opens carries it too. */
  readonly id: string;
  /** Sequence of the transaction's first version: breaks ties of time. Unique within a ledger. */
  readonly orderSequence: number;
  /** Units: milliseconds since 1970-01-01T00:00:00Z. */
  readonly tradedAt: number;
  /** Civil date where the trade was made, YYYY-MM-DD: lots and disposals carry it for the holding period. */
  readonly tradeDate?: string | undefined;
}

/**
 * One trade as the matcher sees it. The amounts are exact but not yet judged: a quantity of zero or a
 * negative fee is a rejection with a reason, not an exception.
 */
export interface LedgerTransaction extends LedgerPlace {
  readonly type: TradeType;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fees: Money;
  /** ISO 4217 code, or the code of a coin. */
  readonly currency: string;
  /** Lots to close, in this order; absent or empty: the lot method decides. */
  readonly lots?: readonly LotSelection[] | undefined;
  /** Units of the base currency for one of `currency`; absent: not known. Never taken to be 1. */
  readonly exchangeRate?: Price | undefined;
}

/**
 * Why a transaction takes no part in the ledger. For a trade the first that applies, in this order: quantity
 * not above zero, price below zero, fees below zero, another currency than the instrument's, more sold than is
 * held, lots named though the method knows none.
 */
export type RejectionReason =
  | "invalid-quantity"
  | "invalid-price"
  | "invalid-fees"
  | "invalid-amount"
  | "invalid-ratio"
  | "currency-mismatch"
  | "insufficient-quantity"
  | "lot-selection-not-allowed"
  | "side-conflict"
  | "same-account"
  | "same-instrument";

/**
 * What a transaction lacks that only its owner can say. It takes no part in the ledger either, but nothing is
 * wrong with it as such: a lot that it names is not there (any more), the named quantities do not fit, or the
 * rate to the base currency is not known. Nothing is guessed in its place.
 */
export type AttentionReason = "unknown-lot" | "lot-selection-mismatch" | "missing-fx-rate";

/** A transaction that was not applied, and why. */
export type Refusal =
  | { readonly status: "rejected"; readonly reason: RejectionReason }
  | { readonly status: "needs-attention"; readonly reason: AttentionReason };

/** What became of one transaction. */
export type TransactionOutcome =
  | { readonly transactionId: string; readonly status: "matched"; readonly reason?: never }
  | ({ readonly transactionId: string } & Refusal);

/** Returns the refusal of a transaction that breaks a rule. */
export function rejected(reason: RejectionReason): Refusal {
  return { status: "rejected", reason };
}

/** Returns the refusal of a transaction that only its owner can complete. */
export function needsAttention(reason: AttentionReason): Refusal {
  return { status: "needs-attention", reason };
}

/**
 * Returns a negative number when `a` is processed before `b`: by time, then by sequence. Total over the
 * transactions of a ledger, so the state depends on what was recorded and not on the order of arrival.
 *
 * Source: ACCOUNTING 2.1, rule 1.
 */
export function compareLedgerOrder(a: LedgerPlace, b: LedgerPlace): number {
  return a.tradedAt - b.tradedAt || a.orderSequence - b.orderSequence;
}
