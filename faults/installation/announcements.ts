import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";

/*
 * A way to lose announcements: a trigger of the owner's on the outbox that drops what is inserted while a switch is on,
 * and counts. Deleting rows would not do: readers take them within milliseconds.
 */

/** Puts the trigger in place, switched off. */
export async function prepareToDrop(owner: Db): Promise<void> {
  await sql`create schema fault`.execute(owner);
  await sql`create table fault.switch (drops boolean not null)`.execute(owner);
  await sql`insert into fault.switch values (false)`.execute(owner);
  await sql`create sequence fault.dropped`.execute(owner);
  await sql`
    create function fault.drop_announcement() returns trigger language plpgsql
    as $$ begin
      if (select drops from fault.switch) then
        perform nextval('fault.dropped');
        return null;
      end if;
      return new;
    end $$`.execute(owner);
  await sql`
    create trigger drop_announcement before insert on outbox
    for each row execute function fault.drop_announcement()`.execute(owner);
  await sql`grant usage on schema fault to public`.execute(owner);
  await sql`grant select on fault.switch to public`.execute(owner);
  await sql`grant usage on sequence fault.dropped to public`.execute(owner);
}

/** From now on announcements are lost, or are not. */
export async function switchDropping(owner: Db, drops: boolean): Promise<void> {
  await sql`update fault.switch set drops = ${drops}`.execute(owner);
}

/** How many have been lost. */
export async function countDropped(owner: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select case when is_called then last_value else 0 end as count from fault.dropped`.execute(owner);
  return rows[0]?.count ?? 0;
}
