import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";

/* Requests to rebuild portfolios, and how far they have come (migrations/0010). */

/** How far a request has come. Shape: `finished_at` null while portfolios are left. */
export interface RebuildRow {
  readonly id: string;
  readonly requested_by: string;
  readonly total: number;
  readonly done: number;
  /** Portfolios in which rows were not as they should be, and those rows. */
  readonly differing: number;
  readonly differences: number;
  readonly failed: number;
  readonly requested_at: string;
  readonly finished_at: string | null;
}

/** Asks for portfolios to be rebuilt, or, without them, for all that are not deleted. */
export async function requestRebuild(
  db: Db | Trx,
  request: {
    readonly id: string;
    /** The owner of the portfolios, where it is not an operator who asks. */
    readonly userId?: string;
    readonly requestedBy: string;
    readonly portfolioIds?: readonly string[];
  },
): Promise<void> {
  const { id, userId = null, requestedBy, portfolioIds } = request;
  const chosen = portfolioIds === undefined ? sql`` : sql`and p.id = any (${[...portfolioIds]}::uuid[])`;
  await sql`
    with chosen as (
      select p.id from portfolio p where p.deleted_at is null ${chosen}
    ), asked as (
      insert into rebuild (id, user_id, requested_by, total, finished_at)
      select ${id}::uuid, ${userId}::uuid, ${requestedBy}, count(*), case count(*) when 0 then clock_timestamp() end
      from chosen
    )
    insert into rebuild_portfolio (rebuild_id, portfolio_id) select ${id}::uuid, chosen.id from chosen`.execute(
    db,
  );
}

/** Portfolios that wait to be rebuilt: of the smallest request first, so that one portfolio never waits for all. */
export async function listWaitingRebuilds(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ portfolio_id: string }>`
    select w.portfolio_id
    from rebuild r
    cross join lateral (
      select p.portfolio_id from rebuild_portfolio p
      where p.rebuild_id = r.id and p.finished_at is null
      order by p.portfolio_id
      limit ${limit}
    ) w
    where r.finished_at is null
    order by r.total, r.requested_at, w.portfolio_id
    limit ${limit}`.execute(db);
  return [...new Set(rows.map((row) => row.portfolio_id))];
}

/** Ends all requests for a portfolio that are known by now. */
export async function finishRebuilds(trx: Trx, portfolioId: string, differences: number): Promise<void> {
  await sql`
    update rebuild_portfolio set finished_at = clock_timestamp(), differences = ${differences}
    where portfolio_id = ${portfolioId} and finished_at is null`.execute(trx);
}

/** The same where it could not be rebuilt. */
export async function failRebuilds(db: Db, portfolioId: string, failure: string): Promise<void> {
  await sql`
    update rebuild_portfolio set finished_at = clock_timestamp(), failure = ${failure.slice(0, 500)}
    where portfolio_id = ${portfolioId} and finished_at is null`.execute(db);
}

/** Marks requests of which nothing is left. */
export async function closeFinishedRebuilds(db: Db): Promise<void> {
  await sql`
    update rebuild r set finished_at = clock_timestamp()
    where r.finished_at is null
      and not exists (select from rebuild_portfolio p where p.rebuild_id = r.id and p.finished_at is null)`.execute(
    db,
  );
}

/** Makes progress rows for portfolios that have none: someone emptied these tables, too. */
export async function restoreProgress(db: Db, portfolioIds: readonly string[]): Promise<void> {
  const ids = sql`unnest(${[...portfolioIds]}::uuid[]) as p (id)`;
  await sql`
    insert into ledger_head (portfolio_id, head_sequence)
    select p.id, coalesce((select max(t.sequence) from transaction t where t.portfolio_id = p.id), 0) from ${ids}
    on conflict do nothing`.execute(db);
  await sql`
    insert into portfolio_state (portfolio_id) select p.id from ${ids} on conflict do nothing`.execute(db);
}

/** One request. */
export async function findRebuild(db: Db | Trx, id: string): Promise<RebuildRow | undefined> {
  const { rows } = await sql<RebuildRow>`
    select r.id, r.requested_by, r.total, r.requested_at, r.finished_at,
      count(p.finished_at) as done,
      count(*) filter (where p.differences > 0) as differing,
      coalesce(sum(p.differences), 0)::bigint as differences,
      count(p.failure) as failed
    from rebuild r left join rebuild_portfolio p on p.rebuild_id = r.id
    where r.id = ${id}
    group by r.id`.execute(db);
  return rows[0];
}

/** Portfolios of a request that differed or failed, at most `limit`. */
export async function listTroubled(
  db: Db,
  rebuildId: string,
  limit: number,
): Promise<
  {
    readonly portfolio_id: string;
    readonly differences: number | null;
    readonly failure: string | null;
  }[]
> {
  const { rows } = await sql<{ portfolio_id: string; differences: number | null; failure: string | null }>`
    select portfolio_id, differences, failure from rebuild_portfolio
    where rebuild_id = ${rebuildId} and (differences > 0 or failure is not null)
    order by portfolio_id
    limit ${limit}`.execute(db);
  return rows;
}

/** Requests, newest first. */
export async function listRebuilds(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from rebuild order by requested_at desc, id desc limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Whether a request of the user's is under way, or was made in the last seconds. */
export async function isRebuildRecent(trx: Trx, userId: string, seconds: number): Promise<boolean> {
  const { rows } = await sql`
    select from rebuild
    where user_id = ${userId}
      and (finished_at is null or requested_at > clock_timestamp() - make_interval(secs => ${seconds}))
    limit 1`.execute(trx);
  return rows.length > 0;
}

export async function existsPortfolio(trx: Trx, portfolioId: string): Promise<boolean> {
  const { rows } = await sql`
    select from portfolio where id = ${portfolioId} and deleted_at is null`.execute(trx);
  return rows.length > 0;
}

/** The newest request that names the portfolio. */
export async function findRebuildOf(trx: Trx, portfolioId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select r.id
    from rebuild_portfolio p join rebuild r on r.id = p.rebuild_id
    where p.portfolio_id = ${portfolioId}
    order by r.requested_at desc, r.id desc
    limit 1`.execute(trx);
  return rows[0]?.id;
}
