import { sql } from "kysely";
import { lockPortfolios, type LockedPortfolio } from "./matching-reads.ts";
import type { Db } from "./pool.ts";

/** A version that is not matched yet. */
export interface PendingVersion {
  readonly portfolioId: string;
  readonly sequence: number;
  readonly id: string;
}

/** What is not matched yet of a portfolio and of all that transfers tie to it. */
export interface Pending {
  readonly portfolios: readonly LockedPortfolio[];
  /** Shape: as they were recorded, each portfolio's in its sequence. */
  readonly versions: readonly PendingVersion[];
}

/** Reads what is pending, at most the first `limit` versions. Nothing stays locked. */
export function readPending(db: Db, portfolioId: string, limit: number): Promise<Pending> {
  return db.transaction().execute(async (trx) => {
    const portfolios = await lockPortfolios(trx, [portfolioId], { skipLocked: false });
    const live = portfolios.filter((portfolio) => !portfolio.deleted);
    const { rows } = await sql<Row>`
      select t.portfolio_id, t.sequence, t.id, (extract(epoch from t.recorded_at) * 1000000)::bigint as microseconds
      from unnest(${live.map((portfolio) => portfolio.portfolio_id)}::uuid[],
        ${live.map((portfolio) => portfolio.applied_sequence)}::bigint[]) as p (portfolio_id, applied)
      cross join lateral (
        select v.portfolio_id, v.sequence, v.id, v.recorded_at from transaction v
        where v.portfolio_id = p.portfolio_id and v.sequence > p.applied
        order by v.sequence
        limit ${limit}
      ) t
      order by t.portfolio_id, t.sequence`.execute(trx);
    return { portfolios: live, versions: asRecorded(rows).slice(0, limit) };
  });
}

interface Row {
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly microseconds: number;
}

/** One row of versions out of several: each time the earliest of those that come next. Clocks may go back, places not. */
function asRecorded(rows: readonly Row[]): PendingVersion[] {
  const queues = [...Map.groupBy(rows, (row) => row.portfolio_id).values()].map((queue) =>
    queue.toReversed(),
  );
  const versions: PendingVersion[] = [];
  for (;;) {
    let earliest: Row[] | undefined;
    for (const queue of queues) {
      const next = queue.at(-1);
      if (next === undefined) continue;
      if (earliest === undefined || next.microseconds < earliest.at(-1)!.microseconds) earliest = queue;
    }
    const row = earliest?.pop();
    if (row === undefined) return versions;
    versions.push({ portfolioId: row.portfolio_id, sequence: row.sequence, id: row.id });
  }
}
