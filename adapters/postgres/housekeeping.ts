import { sql } from "kysely";
import type { Db } from "./pool.ts";

/** How long a repeated request still gets the first answer. A client's own transaction id protects for ever. */
export const IDEMPOTENCY_KEY_DAYS = 30;

/** Forgets idempotency keys past their time. Returns how many. */
export async function deleteOldIdempotencyKeys(db: Db): Promise<number> {
  const result = await sql`delete from idempotency_key
    where created_at < clock_timestamp() - make_interval(days => ${IDEMPOTENCY_KEY_DAYS})`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}
