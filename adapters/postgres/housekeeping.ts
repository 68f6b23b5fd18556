import { sql } from "kysely";
import type { Db } from "./pool.ts";

/** How long a repeated request still gets the first answer. A client's own transaction id protects for ever. */
export const IDEMPOTENCY_KEY_DAYS = 30;

/** Unreadable records take room, and nothing depends on them. */
export const RECORD_LETTER_DAYS = 7;
/** Of portfolios, once nothing waits for them any more. */
export const RESOLVED_LETTER_DAYS = 90;

/** Forgets what is past its time. Shape: how many rows of each. */
export async function forgetOld(db: Db): Promise<{ idempotencyKeys: number; deadLetters: number }> {
  const keys = await sql`delete from idempotency_key
    where created_at < clock_timestamp() - make_interval(days => ${IDEMPOTENCY_KEY_DAYS})`.execute(db);
  const letters = await sql`delete from dead_letter
    where (source = 'record' and last_failed_at < clock_timestamp() - make_interval(days => ${RECORD_LETTER_DAYS}))
      or (source = 'matching' and resolved_at < clock_timestamp() - make_interval(days => ${RESOLVED_LETTER_DAYS}))`.execute(
    db,
  );
  await sql`delete from unreadable_record_count
    where hour < clock_timestamp() - make_interval(days => ${RECORD_LETTER_DAYS})`.execute(db);
  return {
    idempotencyKeys: Number(keys.numAffectedRows ?? 0n),
    deadLetters: Number(letters.numAffectedRows ?? 0n),
  };
}
