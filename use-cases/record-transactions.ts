import { recordRequests, type LedgerEntry, type StoredVersion } from "#adapters/postgres/ledger.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

/** A trade to record. Units: canonical decimals (see canonical-trade.ts). */
export type TradeToRecord = LedgerEntry;

export type RecordRefusal = "portfolio-not-found" | "idempotency-key-reused" | "transaction-id-taken";

export interface RecordCommand {
  readonly userId: string;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  readonly correlationId: string;
  readonly trades: readonly TradeToRecord[];
}

/**
 * Puts trades into the ledger, all or none, and rings the matchers' bell in the same commit.
 * Shape: one stored version per trade, in the order of trades; for a repeated request, those of the first time.
 * Errors: portfolio-not-found, idempotency-key-reused (with another request), transaction-id-taken (by another trade).
 */
export async function recordTransactions(
  db: Db,
  command: RecordCommand,
): Promise<Result<readonly StoredVersion[], RecordRefusal>> {
  const [result] = await recordRequests(db, [
    {
      userId: command.userId,
      ...command.idempotency,
      correlationId: command.correlationId,
      entries: command.trades,
    },
  ]);
  invariant(result !== undefined, "one request has one result");
  switch (result.outcome) {
    case "recorded":
    case "replayed":
      return ok(result.versions);
    case "key-mismatch":
      return refuse("idempotency-key-reused");
    case "id-conflict":
      return refuse("transaction-id-taken");
    case "portfolio-not-found":
      return refuse("portfolio-not-found");
  }
}
