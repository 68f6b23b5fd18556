import { sql } from "kysely";
import { DERIVED_TABLES, type DerivedRow, type DerivedTable } from "./derived-tables.ts";
import { NO_INSTRUMENT, type MatchingKey } from "./matching-reads.ts";
import type { Db, Trx } from "./pool.ts";

const PORTFOLIOS_PER_PAGE = 1_000;

/** Every portfolio, deleted ones included, in the order of their ids. For the worker's role, as everything here. */
export async function* eachPortfolioId(db: Db): AsyncGenerator<string> {
  for (let after: string | undefined; ;) {
    const page: string | null = after ?? null;
    const { rows } = await sql<{ id: string }>`
      select portfolio_id as id from portfolio_state
      where ${page}::uuid is null or portfolio_id > ${page}::uuid
      order by portfolio_id
      limit ${PORTFOLIOS_PER_PAGE}`.execute(db);
    for (const { id } of rows) yield id;
    after = rows.at(-1)?.id;
    if (after === undefined) return;
  }
}

/** Runs `work` on one moment of the database, which others may go on changing. */
export function atOneMoment<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
}

/** Where each version of a ledger stands. */
export interface LedgerPlaceRow {
  readonly id: string;
  readonly sequence: number;
  readonly version: number;
  readonly order_sequence: number;
}

/** The places of everything ever recorded in a portfolio, in the order it was recorded. */
export async function readLedgerPlaces(trx: Trx, portfolioId: string): Promise<LedgerPlaceRow[]> {
  const { rows } = await sql<LedgerPlaceRow>`
    select t.id, t.sequence, t.version, t.order_sequence
    from transaction t where t.portfolio_id = ${portfolioId} order by t.sequence`.execute(trx);
  return rows;
}

/** Every row that a derived table holds for a portfolio. */
export async function readDerivedRows(
  trx: Trx,
  table: DerivedTable,
  portfolioId: string,
): Promise<DerivedRow[]> {
  const columns = Object.keys(table.columns).map((name) => sql.ref(name));
  const { rows } = await sql<DerivedRow>`
    select ${sql.join(columns)} from ${sql.table(table.name)} where portfolio_id = ${portfolioId}`.execute(
    trx,
  );
  return rows;
}

/** Every key that anything is stored for, also what no transaction accounts for. */
export async function readStoredKeys(trx: Trx, portfolioId: string): Promise<MatchingKey[]> {
  const tables = DERIVED_TABLES.map(
    ({ name }) => sql`
      select coalesce(instrument_id, ${NO_INSTRUMENT}) as instrument_id from ${sql.table(name)}
      where portfolio_id = ${portfolioId}`,
  );
  const { rows } = await sql<{ instrument_id: number }>`${sql.join(tables, sql` union `)}`.execute(trx);
  return rows.map((row) => ({ portfolioId, instrumentId: row.instrument_id }));
}

/** How many versions keys have up to a sequence, counting each key no further than `limit`. Shape: one row per key. */
export async function countVersions(
  trx: Trx,
  keys: readonly (MatchingKey & { readonly upTo: number })[],
  limit: number,
): Promise<{ readonly portfolio_id: string; readonly instrument_id: number; readonly count: number }[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<{ portfolio_id: string; instrument_id: number; count: number }>`
    select k.portfolio_id, k.instrument_id, v.count
    from unnest(${keys.map((key) => key.portfolioId)}::uuid[], ${keys.map((key) => key.instrumentId)}::integer[],
      ${keys.map((key) => key.upTo)}::bigint[]) as k (portfolio_id, instrument_id, up_to)
    cross join lateral (
      select count(*) as count from (
        select from transaction t
        where t.portfolio_id = k.portfolio_id and coalesce(t.instrument_id, ${NO_INSTRUMENT}) = k.instrument_id
          and t.sequence <= k.up_to
        limit ${limit}
      ) first
    ) v`.execute(trx);
  return rows;
}

/** Stands for matching one portfolio alone, among PostgreSQL's advisory locks. Any constant that nobody else uses. */
const ALONE_LOCK = 5_686_512;

/** Makes it known that portfolios are matched alone until the SQL transaction ends. False when one of them is already. */
export async function lockAlone(trx: Trx, portfolioIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ had: boolean }>`
    select pg_try_advisory_xact_lock(${ALONE_LOCK}, hashtext(p.id)) as had
    from unnest(${[...portfolioIds]}::text[]) as p (id)`.execute(trx);
  return rows.every((row) => row.had);
}

/** Those of the portfolios that nobody is matching alone: whoever has locked them is about to be done. */
export async function notMatchedAlone(db: Db, portfolioIds: readonly string[]): Promise<string[]> {
  if (portfolioIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    select s.id from unnest(${[...portfolioIds]}::text[]) as s (id)
    where pg_try_advisory_xact_lock_shared(${ALONE_LOCK}, hashtext(s.id))`.execute(db);
  return rows.map((row) => row.id);
}

/** Sets how long statements wait for locks until the SQL transaction ends. */
export async function waitForLocks(trx: Trx, withinMs: number): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(withinMs)}, true)`.execute(trx);
}
