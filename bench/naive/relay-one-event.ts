import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import type { EventPublisher } from "#adapters/ports.ts";

/**
 * Relays the oldest event as most systems begin with: find and lock it, publish it, delete it, commit, which waits for
 * the disk. Returns whether there was one.
 */
export function relayOneEvent(db: Db, publisher: EventPublisher): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom("outbox")
      .select(["id", "portfolio_id", "sequence", "correlation_id"])
      .orderBy("id")
      .limit(1)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return false;
    const { id, portfolio_id: portfolioId, sequence, correlation_id: correlationId } = row;
    await publisher.publish([
      { portfolioId, sequence, ...(correlationId === null ? {} : { correlationId }) },
    ]);
    await sql`delete from outbox where id = ${id}`.execute(trx);
    return true;
  });
}
