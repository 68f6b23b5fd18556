import type { ProgressRow } from "#adapters/postgres/portfolios.ts";
import type { ParkReason, Paused } from "#contracts/portfolios.ts";

/** Why a portfolio's figures stand still; undefined while they do not. */
export function toPaused(row: Omit<ProgressRow, "head" | "applied" | "epoch">): Paused | undefined {
  if (row.parked_at === null) return undefined;
  const reason = row.parked_reason!;
  const portfolioId = row.parked_portfolio_id!;
  return {
    since: row.parked_at,
    reason,
    message: pausedText(reason, {
      isTransaction: row.parked_transaction_id !== null,
      isHere: portfolioId === row.portfolio_id,
    }),
    portfolioId,
    transactionId: row.parked_transaction_id,
    sequence: row.parked_sequence,
  };
}

/** What an owner is told, and may do. Shape: sentences, the first of which can stand alone. */
export function pausedText(
  reason: ParkReason,
  { isTransaction, isHere }: { isTransaction: boolean; isHere: boolean },
): string {
  const place = isHere ? "" : " of a portfolio with transfers to or from this one";
  const what = isTransaction
    ? `${isHere ? "one" : "a"} transaction${place}`
    : `what a change of the settings, or a split, makes of the figures${place}`;
  const problem = {
    "cannot-be-matched": isTransaction ? "cannot be matched" : "cannot be worked out",
    "takes-too-long": isTransaction ? "takes too long to match" : "takes too long to work out",
  }[reason];
  const remedy = isTransaction ? "Edit or delete that transaction" : "Change the settings back";
  return [
    `Calculation is paused: ${what} ${problem}.`,
    "Everything that was recorded is kept; the figures are those from before.",
    ...(reason === "cannot-be-matched" ? [`${remedy} to go on, or leave it as it is:`] : []),
    "we have been told, and try again by ourselves.",
  ]
    .join(" ")
    .replace(". we", ". We");
}
