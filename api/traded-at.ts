import type { TransactionEdit } from "#contracts/transactions.ts";
import { canonicalTrade, type CanonicalTrade } from "#use-cases/canonical-trade.ts";
import { Refusal } from "./errors.ts";

/** A trade may be dated up to a day ahead, since clocks and time zones differ, but no further. */
const AHEAD_MAX_MS = 86_400_000;

/** The trade in canonical form. Errors: Refusal invalid-request when it is dated in the future. */
export function checkedTrade(
  trade: Omit<TransactionEdit, "version">,
  nowMs: number,
  path = "",
): CanonicalTrade {
  if (Date.parse(trade.tradedAt) > nowMs + AHEAD_MAX_MS) {
    throw new Refusal("invalid-request", undefined, [
      { path: `${path}/tradedAt`, code: "in-the-future", message: "must not be in the future" },
    ]);
  }
  return canonicalTrade(trade);
}
