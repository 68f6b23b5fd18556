import { Loader } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHelpCircle, IconPlayerPause } from "@tabler/icons-react";
import { statusText, type Outcome } from "../status-text.ts";
import classes from "./transactions.module.css";

/** Where a transaction stands. A rejection says why at once: nobody should have to look for it. */
export function StatusBadge({ transaction }: { transaction: Outcome }) {
  const { status } = transaction;
  return (
    <span className={classes["status"]} data-status={status}>
      <StatusMark transaction={transaction} />
      <span>{statusText(transaction)}</span>
    </span>
  );
}

function StatusMark({ transaction: { status, reason } }: { transaction: Outcome }) {
  switch (status) {
    case "pending":
      return reason === undefined ? (
        <Loader size={12} color="currentColor" aria-hidden />
      ) : (
        <IconPlayerPause size={14} aria-hidden />
      );
    case "matched":
      return <IconCheck size={14} aria-hidden />;
    case "rejected":
      return <IconAlertTriangle size={14} aria-hidden />;
    case "needs-attention":
      return <IconHelpCircle size={14} aria-hidden />;
  }
}
