import { listTransactionRows } from "#adapters/postgres/transaction-reads.ts";
import { readAsUser } from "#adapters/postgres/pool.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { recordInGroup, type RecordCommand } from "#use-cases/record-transactions.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { Refusal } from "./errors.ts";
import { untilApplied } from "./freshness.ts";
import { toRecorded, toTransaction } from "./representations/transaction.ts";

/**
 * Records transactions and answers with them: as recorded (pending) at once, or, for a client that waits, as matched.
 * Shape: in the order given. Errors: Refusal with the code of record-transactions.
 */
export async function recordAndAnswer(
  dependencies: ApiDependencies,
  command: {
    userId: string;
    correlationId: string;
    idempotency: { key: string; fingerprint: string } | undefined;
    waitMs: number;
    transactions: RecordCommand["transactions"];
  },
): Promise<Transaction[]> {
  const { idempotency, waitMs, ...rest } = command;
  const beganMs = performance.now();
  const recorded = await recordInGroup(dependencies, {
    ...rest,
    ...(idempotency === undefined ? {} : { idempotency }),
  });
  if (!recorded.ok) throw new Refusal(recorded.error);
  const answers = recorded.value.map(toRecorded);
  if (waitMs === 0) return answers;
  // The client counts from when it asked (RFC 7240), and so does the time that a request may take at all.
  const leftMs = waitMs - (performance.now() - beganMs);
  const heads = Map.groupBy(recorded.value, (version) => version.portfolio_id);
  await Promise.all(
    [...heads].map(([portfolioId, versions]) => {
      const sequence = Math.max(...versions.map((version) => version.sequence));
      return untilApplied(dependencies, { userId: command.userId, portfolioId, sequence, waitMs: leftMs });
    }),
  );
  const ids = answers.map((answer) => answer.id);
  const rows = await readAsUser(dependencies.db, command.userId, (trx) => listTransactionRows(trx, ids));
  const matched = new Map(rows.map((row) => [row.id, toTransaction(row)]));
  return answers.map((answer) => matched.get(answer.id) ?? answer);
}
