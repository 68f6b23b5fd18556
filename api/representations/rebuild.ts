import type { RebuildRow } from "#adapters/postgres/rebuilds.ts";
import type { OwnRebuild } from "#contracts/rebuilds.ts";

export function toRebuild(row: RebuildRow): OwnRebuild {
  const { id, total, done, differing, differences, failed } = row;
  return {
    id,
    total,
    done,
    differing,
    differences,
    failed,
    startedAt: row.requested_at,
    finishedAt: row.finished_at,
  };
}
