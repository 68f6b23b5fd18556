import type {
  InstallationRow,
  PipelineRow,
  PortfolioOwnerRow,
  SlowRow,
} from "#adapters/postgres/pipeline-reads.ts";
import type { InstallationPipeline, OperatedPipeline, Pipeline } from "#contracts/pipeline.ts";
import { toPaused } from "./paused.ts";
import { toProgress } from "./portfolio.ts";

export function toPipeline(row: PipelineRow): Pipeline {
  return {
    portfolioId: row.portfolio_id,
    sequence: toProgress(row),
    pending: row.head - row.applied,
    oldestPendingAt: row.oldest_pending_at,
    lagMs: row.lag_ms,
    rulesVersion: { current: row.rules_version, applied: row.applied_rules_version },
    lastMatchedAt: row.last_matched_at,
    announcements: row.announcements,
    failures: row.failures,
    lastFailedAt: row.last_failed_at,
    nextAttemptAt: row.retry_at,
    parked: toPaused(row) ?? null,
  };
}

export function toOperatedPipeline(row: PipelineRow, whose: PortfolioOwnerRow): OperatedPipeline {
  return {
    ...toPipeline(row),
    name: whose.name,
    owner: whose.owner,
    deadLetterId: whose.dead_letter_id,
    deletedAt: whose.deleted_at,
  };
}

export function toInstallationPipeline(
  row: InstallationRow,
  others: { readonly slowest: readonly SlowRow[]; readonly passedOver: number },
): InstallationPipeline {
  return {
    portfolios: row.portfolios,
    behind: row.behind,
    pending: row.pending,
    oldestPendingAt: row.oldest_pending_at,
    lagMs: row.lag_ms,
    failing: row.failing,
    parked: row.parked,
    outbox: { depth: row.outbox_depth, oldestAt: row.outbox_oldest_at },
    deadLetters: {
      matching: row.matching_letters,
      record: row.record_letters,
      passedOver: others.passedOver,
    },
    slowest: others.slowest.map((slow) => ({
      portfolioId: slow.portfolio_id,
      owner: slow.owner,
      pending: slow.pending,
      oldestPendingAt: slow.oldest_pending_at,
      parkedSince: slow.parked_at,
    })),
  };
}
