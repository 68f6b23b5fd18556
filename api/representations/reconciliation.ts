import type { FindingRow, ReconciliationRow } from "#adapters/postgres/reconciliations.ts";
import type { Reconciliation, ReconciliationWithFindings } from "#contracts/reconciliations.ts";

export function toReconciliation(row: ReconciliationRow): Reconciliation {
  const { id, portfolios, replayed, versions, findings } = row;
  return {
    id,
    requestedBy: row.requested_by,
    full: row.is_full,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    portfolios,
    replayed,
    versions,
    findings,
  };
}

export function toReconciliationWithFindings(
  row: ReconciliationRow,
  findings: readonly FindingRow[],
): ReconciliationWithFindings {
  return {
    ...toReconciliation(row),
    items: findings.map(({ portfolio_id: portfolioId, found_at: foundAt, ...finding }) => ({
      portfolioId,
      ...finding,
      foundAt,
    })),
  };
}
