import { EMPTY_HOLDING, type LedgerRules } from "./holding.ts";
import { matchTransactions, type MatchResult } from "./match-lots.ts";
import { compareLedgerOrder, type LedgerTransaction } from "./transaction.ts";

/**
 * Returns the state that follows from the whole set of an instrument's trades, whatever order they come in:
 * the meaning of the ledger, which matching batch by batch only computes faster.
 *
 * Shape: `transactions` in any order, without duplicates; may be empty. The argument is not changed.
 * Source: ACCOUNTING 2.1, rule 1.
 */
export function replay(transactions: readonly LedgerTransaction[], rules: LedgerRules): MatchResult {
  return matchTransactions(EMPTY_HOLDING, transactions.toSorted(compareLedgerOrder), rules);
}
