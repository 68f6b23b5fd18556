import type { Transaction } from "#contracts/transactions.ts";
import { isReceived, otherEndOf, type OtherEnd } from "../happening.ts";
import type { TransactionActionHandlers } from "./transaction-menu.tsx";

/** What a row and a card are given. Shape: plain values, so that a list draws again only what changed. */
export type ListedTransactionProps = {
  readonly transaction: Transaction;
  /** The portfolio whose ledger is shown. */
  readonly viewedIn: string;
  /** Of the portfolio at the other end of a transfer. */
  readonly otherName: string | undefined;
} & TransactionActionHandlers;

/** How the transaction stands to the portfolio that it is shown in. */
export function relationOf({
  transaction,
  viewedIn,
  otherName,
}: Pick<ListedTransactionProps, "transaction" | "viewedIn" | "otherName">): {
  readonly otherEnd: OtherEnd | undefined;
  readonly recordedIn: string | undefined;
} {
  const otherEnd = otherEndOf(transaction, viewedIn, otherName);
  return { otherEnd, recordedIn: isReceived(transaction, viewedIn) ? otherEnd?.name : undefined };
}
