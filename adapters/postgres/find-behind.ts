import { sql } from "kysely";
import type { Db } from "./pool.ts";

/**
 * Portfolios whose oldest unmatched news is older than `olderThanMs`, longest first. The newest news says nothing: in a
 * portfolio that is traded all the time it is always young. Without those whose matching failed: see parking.ts.
 */
export async function findBehind(
  db: Db,
  options: { olderThanMs: number; limit: number; except?: readonly string[] },
): Promise<string[]> {
  const { rows } = await sql<{ portfolio_id: string }>`
    select s.portfolio_id
    from portfolio_state s
    join ledger_head h on h.portfolio_id = s.portfolio_id
    join portfolio p on p.id = s.portfolio_id
    left join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
    where (h.head_sequence > s.applied_sequence or p.rules_version <> s.rules_version)
      and p.deleted_at is null
      and s.portfolio_id <> all (${[...(options.except ?? [])]}::uuid[])
      and coalesce(t.recorded_at, p.updated_at) < clock_timestamp() - make_interval(secs => ${options.olderThanMs / 1000})
      and s.failures = 0
    order by coalesce(t.recorded_at, p.updated_at), s.portfolio_id
    limit ${options.limit}`.execute(db);
  return rows.map((row) => row.portfolio_id);
}
