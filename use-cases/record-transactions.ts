import {
  readFirstVersions,
  recordRequests,
  type LedgerEntry,
  type RecordRequest,
  type RecordResult,
  type StoredVersion,
} from "#adapters/postgres/ledger.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import type { Recorder } from "./recorder.ts";

export type RecordRefusal =
  "portfolio-not-found" | "destination-not-found" | "idempotency-key-reused" | "transaction-id-taken";

export interface RecordCommand {
  readonly userId: string;
  readonly idempotency?: { readonly key: string; readonly fingerprint: string };
  readonly correlationId: string;
  /** In canonical form (canonical-transaction.ts). */
  readonly transactions: readonly LedgerEntry[];
}

/**
 * Puts transactions into the ledger, all or none, and rings the matchers' bell in the same commit.
 * Shape: one stored version per transaction, in the order given; for a repeated request, those of the first time.
 * Errors: portfolio-not-found, destination-not-found, idempotency-key-reused (with another request),
 * transaction-id-taken (by another transaction).
 */
export async function recordTransactions(
  db: Db,
  command: RecordCommand,
): Promise<Result<readonly StoredVersion[], RecordRefusal>> {
  const [result] = await recordRequests(db, [requestOf(command)]);
  invariant(result !== undefined, "one request has one result");
  return answerOf(db, command, result);
}

/** The same together with what others record at that time, in one commit. Errors: also throws RecorderBusy. */
export async function recordInGroup(
  { db, recorder }: { readonly db: Db; readonly recorder: Recorder },
  command: RecordCommand,
): Promise<Result<readonly StoredVersion[], RecordRefusal>> {
  return answerOf(db, command, await recorder.record(requestOf(command)));
}

function requestOf({ userId, idempotency, correlationId, transactions }: RecordCommand): RecordRequest {
  return { userId, ...idempotency, correlationId, entries: transactions };
}

async function answerOf(
  db: Db,
  { userId }: RecordCommand,
  result: RecordResult,
): Promise<Result<readonly StoredVersion[], RecordRefusal>> {
  switch (result.outcome) {
    case "recorded":
      return ok(result.versions);
    case "replayed":
      return ok(await readFirstVersions(db, userId, result.transactions));
    case "key-mismatch":
      return refuse("idempotency-key-reused");
    case "id-conflict":
      return refuse("transaction-id-taken");
    case "portfolio-not-found":
    case "destination-not-found":
      return refuse(result.outcome);
  }
}
