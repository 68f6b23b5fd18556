import { Loader } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import type { Transaction } from "#contracts/transactions.ts";
import { statusText } from "../status-text.ts";
import classes from "./transactions.module.css";

/** Where a transaction stands. A rejection says why at once: nobody should have to look for it. */
export function StatusBadge({ transaction }: { transaction: Pick<Transaction, "status" | "reason"> }) {
  const { status } = transaction;
  return (
    <span className={classes["status"]} data-status={status}>
      {status === "pending" ? <Loader size={12} color="currentColor" aria-hidden /> : null}
      {status === "matched" ? <IconCheck size={14} aria-hidden /> : null}
      {status === "rejected" ? <IconAlertTriangle size={14} aria-hidden /> : null}
      <span>{statusText(transaction)}</span>
    </span>
  );
}
