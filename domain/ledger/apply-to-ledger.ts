/*
 * The ledger of one owner: every type of transaction, over many accounts and instruments.
 *
 * Problem. A split touches an instrument in all accounts, a transfer two accounts, a spin-off two instruments:
 * matching one (account, instrument) after the other no longer gives the figures. Yet a batch must still cost
 * only what it touches, and its result must be that of a replay of everything from the start.
 *
 * Approach. The same fold as for one holding (`match-lots.ts`), over a wider state: ledger + transaction →
 * ledger, in ledger order. The state is a book of holdings (lots, realized gains), cash per account and
 * currency, income per instrument, and interest, expenses and taxes. Each type is a file of its own here: it
 * judges the transaction as a whole and then applies all of it or nothing. Lots travel between holdings as
 * lots (`receive-lot.ts`); nothing but a trade, a return of capital or the cash of a merger makes a gain.
 *
 * Worked example.
 *   deposit 1,000 USD in A      cash A 1,000
 *   buy 10 X at 100 in A        cash A 0            A/X lot b1: 10 for 1,000
 *   split X 3:2                                     A/X lot b1: 15 for 1,000
 *   transfer 6 X from A to B                        A/X lot b1: 9 for 600     B/X lot b1: 6 for 400
 *   sell 6 X at 80 in B         cash B 480          B/X empty, gain 80
 *
 * Continuing. `ledger` may be a part of everything: the holdings that the batch reaches, all those of an
 * instrument when there is a split, spin-off, merger or symbol change. What is not given counts as empty. Cash,
 * income and entries are only added to, so they may start from nothing and be added to what is stored. Of a
 * given holding all open lots are needed, except under the conditions that `match-lots.ts` names.
 */
import { invariant, assertNever } from "../invariant.ts";
import { compareLedgerOrder, type Refusal, type TransactionOutcome } from "../transaction.ts";
import { applyCashEntry, applyCashTransfer, applyExternalCash } from "./cash.ts";
import { applyDeliveryIn, applyDeliveryOut } from "./delivery.ts";
import { applyDividend } from "./dividend.ts";
import { EMPTY_LEDGER, type Ledger, type LedgerResult } from "./ledger.ts";
import { applyMerger } from "./merger.ts";
import { OpenLedger, type RulesOf } from "./open-ledger.ts";
import { applyReturnOfCapital } from "./return-of-capital.ts";
import { applySpinOff } from "./spin-off.ts";
import { applySplit } from "./split.ts";
import { applySymbolChange } from "./symbol-change.ts";
import { applyLedgerTrade } from "./trade.ts";
import type { Transaction } from "./transaction-types.ts";
import { applyTransfer } from "./transfer.ts";

/**
 * Returns the ledger that follows when the transactions are applied to it, and what there is to save. Neither
 * argument is changed.
 *
 * Shape: `transactions` in ledger order, without duplicates, later than all that is in the ledger; may be empty.
 * Errors: none for bad transactions, which are outcomes with a reason; wrong order or missing lots are bugs.
 */
export function applyToLedger(
  ledger: Ledger,
  transactions: readonly Transaction[],
  rulesOf: RulesOf,
): LedgerResult {
  const open = new OpenLedger(ledger, rulesOf);
  const outcomes: TransactionOutcome[] = [];
  let previous: Transaction | undefined;
  for (const transaction of transactions) {
    invariant(previous === undefined || compareLedgerOrder(previous, transaction) < 0, "not in ledger order");
    previous = transaction;
    open.begin(transaction.id);
    const refusal = apply(open, transaction);
    const transactionId = transaction.id;
    outcomes.push(
      refusal === undefined ? { transactionId, status: "matched" } : { transactionId, ...refusal },
    );
  }
  return {
    ledger: open.close(),
    outcomes,
    disposals: open.disposals,
    movements: open.movements,
    cashFlows: open.cashFlows,
    changedLots: open.changedLots(),
  };
}

/**
 * Returns what follows from the whole set of transactions, whatever order they come in.
 *
 * Shape: without duplicates; may be empty. The argument is not changed.
 * Source: ACCOUNTING 2.1, rule 1.
 */
export function replayLedger(transactions: readonly Transaction[], rulesOf: RulesOf): LedgerResult {
  return applyToLedger(EMPTY_LEDGER, transactions.toSorted(compareLedgerOrder), rulesOf);
}

/** Applies the transaction whole, or returns why it was not applied at all. */
function apply(ledger: OpenLedger, transaction: Transaction): Refusal | undefined {
  switch (transaction.type) {
    case "buy":
    case "sell":
      return applyLedgerTrade(ledger, transaction);
    case "dividend":
      return applyDividend(ledger, transaction);
    case "interest":
    case "fee":
    case "tax":
      return applyCashEntry(ledger, transaction);
    case "deposit":
    case "withdrawal":
      return applyExternalCash(ledger, transaction);
    case "cash-transfer":
      return applyCashTransfer(ledger, transaction);
    case "split":
      return applySplit(ledger, transaction);
    case "transfer":
      return applyTransfer(ledger, transaction);
    case "transfer-in":
      return applyDeliveryIn(ledger, transaction);
    case "transfer-out":
      return applyDeliveryOut(ledger, transaction);
    case "return-of-capital":
      return applyReturnOfCapital(ledger, transaction);
    case "spin-off":
      return applySpinOff(ledger, transaction);
    case "merger":
      return applyMerger(ledger, transaction);
    case "symbol-change":
      return applySymbolChange(ledger, transaction);
    default:
      return assertNever(transaction);
  }
}
