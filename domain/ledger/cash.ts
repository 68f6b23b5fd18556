import { type Money, negate } from "../amounts.ts";
import { type Refusal, rejected } from "../transaction.ts";
import type { OpenLedger } from "./open-ledger.ts";
import type { CashEntry, CashTransfer, ExternalCash } from "./transaction-types.ts";

/** Enters interest, a fee or a tax: in no lot and in no gain. */
export function applyCashEntry(ledger: OpenLedger, entry: CashEntry): Refusal | undefined {
  const { account, currency, amount, type } = entry;
  ledger.addCash(account, currency, type === "interest" ? amount : negate(amount));
  ledger.addCashEntry(account, currency, addedBy(type, amount));
  return undefined;
}

function addedBy(
  type: CashEntry["type"],
  amount: Money,
): { interest: Money } | { expenses: Money } | { taxes: Money } {
  if (type === "interest") return { interest: amount };
  return type === "fee" ? { expenses: amount } : { taxes: amount };
}

/** Moves money over the border of the ledger. */
export function applyExternalCash(ledger: OpenLedger, flow: ExternalCash): Refusal | undefined {
  if (flow.amount <= 0n) return rejected("invalid-amount");
  ledger.addCash(flow.account, flow.currency, flow.type === "deposit" ? flow.amount : negate(flow.amount));
  return undefined;
}

/** Moves money between two accounts. */
export function applyCashTransfer(ledger: OpenLedger, transfer: CashTransfer): Refusal | undefined {
  if (transfer.amount <= 0n) return rejected("invalid-amount");
  if (transfer.account === transfer.toAccount) return rejected("same-account");
  ledger.addCash(transfer.account, transfer.currency, negate(transfer.amount));
  ledger.addCash(transfer.toAccount, transfer.currency, transfer.amount);
  return undefined;
}
