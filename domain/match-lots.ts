/*
 * Matching: what a batch of trades makes of one holding.
 *
 * Problem. Trades arrive in batches, again and again, for holdings with long histories. The figures must be
 * those of one replay of everything from the start, to the last digit, and cost only what the batch touches.
 *
 * Approach. A holding is a running state, and matching is a fold over it: holding + trade → holding. What one
 * trade does is in `match-trade.ts`; what the other types of transaction do, over many holdings, in `ledger/`.
 *
 * Folding is associative: two batches one after the other leave the very state of both at once, because lots
 * carry what was consumed and not a rounded rest (`tax-lot.ts`), and all else is addition.
 *
 * Limits. `holding.lots` may be only the first open lots in matching order, when the caller knows that the
 * batch's closing trades reach no further and name no lots; whether a sale is covered is decided by
 * `holding.quantity` alone. Needing a lot that was not given throws. The lots of the resulting holding then have
 * the same gap: save `openedLots` and `touchedLots`, and read the lots of the next batch from storage. Trades
 * must be in ledger order and later than everything in the holding; a backdated trade needs a replay
 * (`replay.ts`).
 */
import type { Disposal } from "./disposal.ts";
import type { Holding, LedgerRules } from "./holding.ts";
import { invariant } from "./invariant.ts";
import { applyTrade, judgeTrade } from "./match-trade.ts";
import { closeHolding, openHolding } from "./open-holding.ts";
import type { TaxLot } from "./tax-lot.ts";
import { compareLedgerOrder, type LedgerTransaction, type TransactionOutcome } from "./transaction.ts";

export { EMPTY_HOLDING, type Holding, type LedgerRules } from "./holding.ts";
export type { TransactionOutcome } from "./transaction.ts";

/**
 * Returns the state and the disposals that follow when the trades are applied to the holding. Neither argument
 * is changed. Takes time in the number of trades and of lots touched, plus one copy of `holding.lots`.
 *
 * Shape: `transactions` in ledger order, without duplicates, all of one instrument; may be empty.
 * Errors: none for bad trades, which are outcomes with a reason; wrong order or missing lots are bugs.
 */
export function matchTransactions(
  holding: Holding,
  transactions: readonly LedgerTransaction[],
  rules: LedgerRules,
): MatchResult {
  const open = openHolding(holding, rules);
  const outcomes: TransactionOutcome[] = [];
  const disposals: Disposal[] = [];
  let previous: LedgerTransaction | undefined;
  for (const transaction of transactions) {
    invariant(previous === undefined || compareLedgerOrder(previous, transaction) < 0, "not in ledger order");
    previous = transaction;
    const transactionId = transaction.id;
    const refusal = judgeTrade(open, transaction, rules);
    if (refusal === undefined) {
      const disposal = applyTrade(open, transaction, rules);
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

/** What a batch did: the state after it, and everything there is to save. */
export interface MatchResult {
  readonly holding: Holding;
  /** Shape: one per trade, in the given order. */
  readonly outcomes: readonly TransactionOutcome[];
  /** Shape: in ledger order, one per trade that closed something. */
  readonly disposals: readonly Disposal[];
  /** Lots opened by the batch as they stand after it, also those it used up again. Shape: in opening order. */
  readonly openedLots: readonly TaxLot[];
  /**
   * Lots of the given holding that the batch changed, as they stand after it; remaining may be 0. Under average
   * cost the pool's original quantity and cost change with every purchase.
   */
  readonly touchedLots: readonly TaxLot[];
}
