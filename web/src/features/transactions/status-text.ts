import type { RejectionReason, Transaction } from "#contracts/transactions.ts";

const REASONS: Record<RejectionReason, string> = {
  "insufficient-quantity": "more sold than held at that time",
  "currency-mismatch": "another currency than the lots of this symbol",
};

const ADVICE: Record<RejectionReason, string> = {
  "insufficient-quantity":
    "Correct the quantity or the date, record the missing purchase, or allow short selling in the portfolio's settings.",
  "currency-mismatch": "Record it in the currency in which this symbol was bought.",
};

/** Why a transaction does not count, in words. A reason that this page does not know yet is shown as it came. */
export const reasonText = (reason: Transaction["reason"]): string =>
  reason === undefined ? "the ledger does not allow it" : (REASONS[reason] ?? reason);

export const reasonAdvice = (reason: Transaction["reason"]): string =>
  reason === undefined ? "Edit or delete it." : (ADVICE[reason] ?? "Edit or delete it.");

export const statusText = ({ status, reason }: Pick<Transaction, "status" | "reason">): string => {
  switch (status) {
    case "pending":
      return "Pending";
    case "matched":
      return "Matched";
    case "rejected":
      return `Rejected: ${reasonText(reason)}`;
  }
};
