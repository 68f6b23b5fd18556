import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { MethodPreview } from "#contracts/portfolios.ts";
import type { OutcomeReason, Transaction } from "#contracts/transactions.ts";
import { formatDate, formatQuantity } from "#web/components/format.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";
import { previewedTransactionQuery } from "../api/method-preview-query.ts";
import type { ReasonText } from "../reason-text.ts";
import classes from "./method-preview.module.css";

type Changed = MethodPreview["transactions"][number];

interface ChangedTransactionsProps {
  readonly portfolioId: string;
  readonly transactions: readonly Changed[];
  readonly reasonText: ReasonText;
}

/** Each one is read by itself, so only so many are told one by one. */
const TOLD_MAX = 10;

/** Transactions that count now and would not, or the other way round. */
export function ChangedTransactions({ portfolioId, transactions, reasonText }: ChangedTransactionsProps) {
  const untold = transactions.length - TOLD_MAX;
  return (
    <>
      <ul className={classes["transactions"]}>
        {transactions.slice(0, TOLD_MAX).map((changed) => (
          <ChangedTransaction
            key={changed.id}
            portfolioId={portfolioId}
            changed={changed}
            reasonText={reasonText}
          />
        ))}
      </ul>
      {untold > 0 ? (
        <Text size="xs" c="dimmed">
          and {untold} more
        </Text>
      ) : null}
    </>
  );
}

interface ChangedTransactionProps extends Pick<ChangedTransactionsProps, "portfolioId" | "reasonText"> {
  readonly changed: Changed;
}

function ChangedTransaction({ portfolioId, changed, reasonText }: ChangedTransactionProps) {
  const transaction = useQuery(previewedTransactionQuery(portfolioId, changed.id)).data;
  return (
    <li data-transaction={changed.id}>
      {transaction === undefined ? <Skeleton height={18} width="60%" /> : <div>{titleOf(transaction)}</div>}
      <div className={classes["second"]}>
        {outcomeText(changed.before, transaction, reasonText)} →{" "}
        {outcomeText(changed.after, transaction, reasonText)}
      </div>
    </li>
  );
}

function titleOf({ type, quantity, symbol, tradedAt }: Transaction): string {
  const what = [TRANSACTION_TYPE_NAMES[type], quantity === undefined ? "" : formatQuantity(quantity), symbol];
  return `${what.filter(Boolean).join(" ")} on ${formatDate(tradedAt)}`;
}

const STATUS_NAMES: Readonly<Record<string, string>> = {
  matched: "Matched",
  rejected: "Rejected",
  "needs-attention": "Needs attention",
  pending: "Pending",
};

function outcomeText(
  { status, reason }: Changed["before"],
  transaction: Transaction | undefined,
  reasonText: ReasonText,
): string {
  const name = STATUS_NAMES[status] ?? status;
  if (reason === undefined || transaction === undefined) return name;
  // A reason that this page does not know yet is shown as it came.
  return `${name}: ${reasonText({ type: transaction.type, reason: reason as OutcomeReason })}`;
}
