import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";

/** A quantity that no lot may have, while it is poison. */
export const POISON = "13.000000000000666";

/**
 * A defect of the product, made for the occasion: figures that cannot be stored. A constraint of the owner's refuses lots
 * of one quantity, so that the transaction that opens one fails whenever it is matched, until the constraint is dropped.
 */
export async function poisonLots(owner: Db, quantity = POISON): Promise<void> {
  const name = quantity === POISON ? "poison" : `poison_${quantity.replace(".", "_")}`;
  await sql
    .raw(
      `alter table tax_lot drop constraint if exists ${name},
      add constraint ${name} check (original_quantity <> ${quantity}) not valid`,
    )
    .execute(owner);
}

/** Mends the defect, and all like it. */
export async function mendLots(owner: Db): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select conname as name from pg_constraint
    where conrelid = 'tax_lot'::regclass and conname like 'poison%'`.execute(owner);
  if (rows.length === 0) return;
  const drops = sql.join(rows.map(({ name }) => sql`drop constraint ${sql.ref(name)}`));
  await sql`alter table tax_lot ${drops}`.execute(owner);
}

/** Makes parked portfolios due: their time would come in a minute, or an hour. */
export async function letTimePass(owner: Db): Promise<void> {
  await sql`update portfolio_state set retry_at = clock_timestamp() where failures > 0`.execute(owner);
}
