import { sql } from "kysely";
import type { DerivedRow, DerivedTable } from "./derived-tables.ts";
import { versionOf, type LedgerVersion } from "./matching-reads.ts";
import type { Db, Trx } from "./pool.ts";

/** Every portfolio, deleted ones included. Shape: sorted. For the worker's role, as everything here. */
export async function listAllPortfolioIds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("portfolio_state")
    .select("portfolio_id")
    .orderBy("portfolio_id")
    .execute();
  return rows.map((row) => row.portfolio_id);
}

/** Runs `work` on one moment of the database, which others may go on changing. */
export function atOneMoment<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
}

/** Everything ever recorded in a portfolio, in the order it was recorded. */
export async function readWholeLedger(trx: Trx, portfolioId: string): Promise<LedgerVersion[]> {
  const { rows } = await sql<LedgerVersion>`
    select ${versionOf("t")} from transaction t where t.portfolio_id = ${portfolioId} order by t.sequence`.execute(
    trx,
  );
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
