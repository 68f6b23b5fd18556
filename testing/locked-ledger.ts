import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";

/** Locks a portfolio's ledger, as a transaction that does not come to its end would. Returns what lets it go. */
export async function lockLedger(owner: Db, portfolioId: string): Promise<() => Promise<void>> {
  const locked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const transaction = owner.transaction().execute(async (trx) => {
    await sql`select 1 from ledger_head where portfolio_id = ${portfolioId} for update`.execute(trx);
    locked.resolve();
    await released.promise;
  });
  await locked.promise;
  return () => {
    released.resolve();
    return transaction;
  };
}

/** How many connections wait for a lock in this database. */
export async function countLockWaits(owner: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(owner);
  return rows[0]!.count;
}
