import { setTimeout as delay } from "node:timers/promises";
import { sql, type RawBuilder } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";

/*
 * A defect of the product, made for the occasion: figures that cannot be stored. A constraint of the owner's refuses
 * lots of one quantity, so the transaction that opens one fails whenever it is matched, until the constraint is dropped.
 */

const LOCK_ATTEMPTS = 12;
const LOCK_BREATHER_MS = 200;

/** Refuses lots of this quantity from now on. */
export async function refuseLotsOf(owner: Db, quantity: string): Promise<void> {
  const name = sql.ref(`poison_${quantity.replaceAll(".", "_")}`);
  const isOther = sql`original_quantity <> ${sql.lit(quantity)}::numeric`;
  await withShortLock(owner, sql`alter table tax_lot add constraint ${name} check (${isOther}) not valid`);
}

/** Mends the defect. */
export async function refuseNoLots(owner: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select conname as name from pg_constraint
    where conrelid = 'tax_lot'::regclass and conname like 'poison%'`.execute(owner);
  if (rows.length === 0) return;
  const drops = sql.join(rows.map(({ name }) => sql`drop constraint ${sql.ref(name)}`));
  await withShortLock(owner, sql`alter table tax_lot ${drops}`);
}

export async function isParked(owner: Db, portfolioId: string): Promise<boolean> {
  const { rows } = await sql`
    select from portfolio_state where portfolio_id = ${portfolioId} and parked_at is not null`.execute(owner);
  return rows.length > 0;
}

/** Has parked portfolios tried again now: waiting for their time would take a minute. */
export async function retryParked(owner: Db): Promise<void> {
  await again(() =>
    sql`
      update portfolio_state set parked_at = parked_at - interval '1 hour'
      where portfolio_id in (
        select portfolio_id from portfolio_state where parked_at is not null order by portfolio_id for update)`.execute(
      owner,
    ),
  );
}

/** Nobody is to wait behind us while we wait for the table. */
async function withShortLock(owner: Db, statement: RawBuilder<unknown>): Promise<void> {
  await again(() =>
    owner.transaction().execute(async (trx) => {
      await sql`set local lock_timeout = '500ms'`.execute(trx);
      await statement.execute(trx);
    }),
  );
}

/** Others are at work on the same rows. */
async function again(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === LOCK_ATTEMPTS) throw error;
      await delay(Math.random() * LOCK_BREATHER_MS);
    }
  }
}
