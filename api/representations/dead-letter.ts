import type { DeadLetterRow, WholeDeadLetterRow } from "#adapters/postgres/dead-letter-reads.ts";
import type { DeadLetter, DeadLetterSummary } from "#contracts/dead-letters.ts";
import { pausedText } from "./paused.ts";

export function toDeadLetterSummary(row: DeadLetterRow): DeadLetterSummary {
  return {
    id: row.id,
    source: row.source,
    state: row.state,
    reason: row.reason,
    message: messageOf(row),
    portfolioId: row.portfolio_id,
    sequence: row.sequence,
    transactionId: row.transaction_id,
    waiting: row.waiting,
    record:
      row.topic === null
        ? null
        : {
            topic: row.topic,
            partition: row.partition_number!,
            offset: row.record_offset!,
            size: row.record_size,
          },
    attempts: row.attempts,
    firstFailedAt: row.first_failed_at,
    lastFailedAt: row.last_failed_at,
    nextAttemptAt: row.retry_at,
    resolvedAt: row.resolved_at,
    resolvedBy: row.resolved_by,
  };
}

export function toDeadLetter(row: WholeDeadLetterRow): DeadLetter {
  return {
    ...toDeadLetterSummary(row),
    owner: row.owner,
    detail: row.detail,
    key: row.record_key?.toString("base64") ?? null,
    value: row.record_value?.toString("base64") ?? null,
  };
}

function messageOf({ reason, detail, transaction_id: transactionId }: DeadLetterRow): string {
  if (reason === "unreadable") {
    return `A record in Kafka is no event of ours: ${detail}. Nothing is lost by it: events only say that there is news, and the news is in the database.`;
  }
  return pausedText(reason, { isTransaction: transactionId !== null, isHere: true });
}
