import { sql } from "kysely";
import type { DeadLetterState } from "#contracts/dead-letters.ts";
import type { ParkReason } from "#contracts/portfolios.ts";
import type { Db, Trx } from "./pool.ts";

/* For the roles of operators and of workers, which see everybody's rows. */

export interface DeadLetterRow {
  readonly id: string;
  readonly source: "matching" | "record";
  readonly state: DeadLetterState;
  readonly reason: ParkReason | "unreadable";
  readonly detail: string;
  readonly portfolio_id: string | null;
  readonly sequence: number | null;
  readonly transaction_id: string | null;
  /** Portfolios that are parked for it. */
  readonly waiting: number;
  readonly topic: string | null;
  readonly partition_number: number | null;
  readonly record_offset: number | null;
  readonly record_size: number | null;
  readonly attempts: number;
  readonly first_failed_at: string;
  readonly last_failed_at: string;
  /** Null when nothing waits for it any more. */
  readonly retry_at: string | null;
  readonly resolved_at: string | null;
  readonly resolved_by: string | null;
}

export interface WholeDeadLetterRow extends DeadLetterRow {
  readonly record_key: Buffer | null;
  readonly record_value: Buffer | null;
  readonly owner: string | null;
}

const summary = sql`
  d.id, d.source, d.state, d.reason, d.detail, d.portfolio_id, d.sequence, d.transaction_id, d.topic, d.partition_number,
  d.record_offset, d.record_size, d.attempts, d.first_failed_at, d.last_failed_at, d.resolved_at, d.resolved_by,
  coalesce(parked.count, 0)::integer as waiting, parked.retry_at`;

/** Only an open one keeps anybody waiting: a later one of the same portfolio has its own. */
const parked = sql`
  left join lateral (
    select count(*) as count, min(s.retry_at) as retry_at
    from portfolio_state s
    join portfolio p on p.id = s.portfolio_id and p.deleted_at is null
    where d.state = 'open' and d.source = 'matching' and s.parked_at is not null
      and s.parked_portfolio_id = d.portfolio_id
  ) parked on true`;

/** Newest first. `after`: the last one of the page before. */
export async function listDeadLetters(
  db: Db,
  page: { state: DeadLetterState | undefined; after: string | undefined; limit: number },
): Promise<DeadLetterRow[]> {
  const { rows } = await sql<DeadLetterRow>`
    select ${summary}
    from dead_letter d ${parked}
    where (${page.state ?? null}::text is null or d.state = ${page.state ?? null})
      and (${page.after ?? null}::uuid is null or d.id < ${page.after ?? null})
    order by d.id desc
    limit ${page.limit}`.execute(db);
  return rows;
}

export async function findDeadLetter(db: Db, id: string): Promise<WholeDeadLetterRow | undefined> {
  const { rows } = await sql<WholeDeadLetterRow>`
    select ${summary}, d.record_key, d.record_value, u.username as owner
    from dead_letter d ${parked}
    left join portfolio f on f.id = d.portfolio_id
    left join app_user u on u.id = f.owner_id
    where d.id = ${id}`.execute(db);
  return rows[0];
}

/** The open dead letter of what a portfolio is parked for, be it another's version. */
export async function findBlocking(db: Db, portfolioId: string): Promise<DeadLetterRow | undefined> {
  const { rows } = await sql<DeadLetterRow>`
    select ${summary}
    from portfolio_state s
    join dead_letter d on d.portfolio_id = s.parked_portfolio_id and d.source = 'matching' and d.state = 'open'
    ${parked}
    where s.portfolio_id = ${portfolioId}`.execute(db);
  return rows[0];
}

/** Unreadable records of the last 24 hours that were counted and not kept. */
export async function countPassedOver(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select coalesce(sum(passed_over), 0)::bigint as count from unreadable_record_count
    where hour > clock_timestamp() - interval '24 hours'`.execute(db);
  return rows[0]!.count;
}

/** Keeps a dead letter from being changed by others until the SQL transaction ends. */
export async function lockDeadLetter(
  trx: Trx,
  id: string,
): Promise<
  Pick<WholeDeadLetterRow, "source" | "state" | "portfolio_id" | "record_key" | "record_value"> | undefined
> {
  const { rows } = await sql<WholeDeadLetterRow>`
    select source, state, portfolio_id, record_key, record_value from dead_letter
    where id = ${id} for update`.execute(trx);
  return rows[0];
}
