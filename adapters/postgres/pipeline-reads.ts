import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";
import type { ProgressRow } from "./portfolios.ts";

/** Where a portfolio stands between its ledger and its figures. Units: `lag_ms` in milliseconds. */
export interface PipelineRow extends ProgressRow {
  readonly oldest_pending_at: string | null;
  readonly lag_ms: number;
  readonly rules_version: number;
  readonly applied_rules_version: number;
  /** Null when nothing was ever matched. */
  readonly last_matched_at: string | null;
  readonly announcements: number;
  readonly failures: number;
  readonly last_failed_at: string | null;
  readonly retry_at: string | null;
}

/** For its owner, and for the roles that see everybody's rows. Callers have made sure that it may be seen. */
export async function readPipeline(db: Db | Trx, portfolioId: string): Promise<PipelineRow | undefined> {
  const { rows } = await sql<PipelineRow>`
    select s.portfolio_id, h.head_sequence as head, s.applied_sequence as applied, s.epoch, s.parked_at, s.parked_reason,
      s.parked_portfolio_id, s.parked_sequence, s.parked_transaction_id, p.rules_version,
      s.rules_version as applied_rules_version, s.failures, s.last_failed_at, s.retry_at,
      t.recorded_at as oldest_pending_at, ${lagSince(sql`t.recorded_at`)} as lag_ms,
      case when s.applied_sequence > 0 or s.epoch > 0 then s.updated_at end as last_matched_at,
      (select count(*) from outbox o where o.portfolio_id = s.portfolio_id) as announcements
    from portfolio_state s
    join portfolio p on p.id = s.portfolio_id
    join ledger_head h on h.portfolio_id = s.portfolio_id
    left join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
    where s.portfolio_id = ${portfolioId}`.execute(db);
  return rows[0];
}

/** Whole milliseconds from an instant until now; 0 where there is none. */
const lagSince = (instant: ReturnType<typeof sql>) => sql`
  coalesce(greatest(0, round(extract(epoch from clock_timestamp() - ${instant}) * 1000)), 0)::bigint`;

/** What operators are told beside it. */
export interface PortfolioOwnerRow {
  readonly name: string;
  readonly owner: string;
  readonly deleted_at: string | null;
  /** The open dead letter of what it is parked for. */
  readonly dead_letter_id: string | null;
}

/** For the role of operators. */
export async function findPortfolioOwner(
  operatorDb: Db,
  portfolioId: string,
): Promise<PortfolioOwnerRow | undefined> {
  const { rows } = await sql<PortfolioOwnerRow>`
    select p.name, u.username as owner, p.deleted_at, d.id as dead_letter_id
    from portfolio p
    join app_user u on u.id = p.owner_id
    join portfolio_state s on s.portfolio_id = p.id
    left join dead_letter d
      on d.portfolio_id = s.parked_portfolio_id and d.source = 'matching' and d.state = 'open'
    where p.id = ${portfolioId}`.execute(operatorDb);
  return rows[0];
}

export interface InstallationRow {
  readonly portfolios: number;
  readonly behind: number;
  readonly pending: number;
  readonly failing: number;
  readonly parked: number;
  readonly oldest_pending_at: string | null;
  readonly lag_ms: number;
  readonly outbox_depth: number;
  readonly outbox_oldest_at: string | null;
  readonly matching_letters: number;
  readonly record_letters: number;
}

/** Totals of all portfolios, for the role of operators. It looks at the state of each: some 50 ms for 100,000 of them. */
export async function readInstallation(operatorDb: Db): Promise<InstallationRow> {
  const { rows } = await sql<InstallationRow>`
    with state as materialized (
      select s.portfolio_id, s.failures, s.parked_at, s.applied_sequence, h.head_sequence - s.applied_sequence as pending,
        h.head_sequence > s.applied_sequence or p.rules_version <> s.rules_version as is_behind
      from portfolio_state s
      join ledger_head h on h.portfolio_id = s.portfolio_id
      join portfolio p on p.id = s.portfolio_id and p.deleted_at is null
    ), oldest as (
      select min(t.recorded_at) as at
      from state s
      join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
      where s.pending > 0 and s.parked_at is null
    )
    select count(*) as portfolios, count(*) filter (where is_behind) as behind, coalesce(sum(pending), 0)::bigint as pending,
      count(*) filter (where failures > 0 and parked_at is null) as failing,
      count(*) filter (where parked_at is not null) as parked,
      (select at from oldest) as oldest_pending_at,
      (select ${lagSince(sql`at`)} from oldest) as lag_ms,
      (select count(*) from outbox) as outbox_depth,
      (select min(created_at) from outbox) as outbox_oldest_at,
      (select count(*) from dead_letter where state = 'open' and source = 'matching') as matching_letters,
      (select count(*) from dead_letter where state = 'open' and source = 'record') as record_letters
    from state`.execute(operatorDb);
  return rows[0]!;
}

export interface SlowRow {
  readonly portfolio_id: string;
  readonly owner: string;
  readonly pending: number;
  readonly oldest_pending_at: string | null;
  readonly parked_at: string | null;
}

/** Portfolios that have been behind for longest, for the role of operators. */
export async function listSlowest(operatorDb: Db, limit: number): Promise<SlowRow[]> {
  const { rows } = await sql<SlowRow>`
    select s.portfolio_id, u.username as owner, h.head_sequence - s.applied_sequence as pending,
      t.recorded_at as oldest_pending_at, s.parked_at
    from portfolio_state s
    join ledger_head h on h.portfolio_id = s.portfolio_id
    join portfolio p on p.id = s.portfolio_id and p.deleted_at is null
    join app_user u on u.id = p.owner_id
    left join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
    where h.head_sequence > s.applied_sequence or p.rules_version <> s.rules_version
    order by coalesce(t.recorded_at, s.parked_at, p.updated_at), s.portfolio_id
    limit ${limit}`.execute(operatorDb);
  return rows;
}
