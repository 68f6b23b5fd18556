import { sql } from "kysely";
import type { AnnouncedEvent } from "../ports.ts";
import type { Db, Trx } from "./pool.ts";

/**
 * Takes the oldest announcements that nobody else is busy with out of the outbox: locked and deleted, both of which the
 * end of the SQL transaction makes final or undoes. Whoever takes them hands them over before it commits, within
 * `heldForMsMax`, after which the server gives them to others.
 *
 * Shape: oldest first, at most `sizeMax`; several of one portfolio when it has several.
 */
export async function takeAnnouncements(
  trx: Trx,
  { sizeMax, heldForMsMax }: { sizeMax: number; heldForMsMax: number },
): Promise<AnnouncedEvent[]> {
  // To forget this commit in a crash is harmless: the same events come again. So it waits for no disk.
  // By physical place, which a locked row keeps: rows that have been found are not looked up once more.
  const { rows } = await sql<OutboxRow>`
    with settings as materialized (
      select set_config('synchronous_commit', 'off', true),
        set_config('idle_in_transaction_session_timeout', ${String(heldForMsMax)}, true)
    )
    delete from outbox using settings
    where ctid = any (array(select ctid from outbox order by id limit ${sizeMax} for update skip locked))
    returning id, portfolio_id, sequence, correlation_id`.execute(trx);
  return rows
    .toSorted((a, b) => a.id - b.id)
    .map((row) => ({
      portfolioId: row.portfolio_id,
      sequence: row.sequence,
      ...(row.correlation_id === null ? {} : { correlationId: row.correlation_id }),
    }));
}

interface OutboxRow {
  readonly id: number;
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly correlation_id: string | null;
}

/** How many announcements wait to be handed over, and since when the oldest does. */
export interface OutboxDepth {
  readonly waiting: number;
  readonly oldestAt: string | null;
}

export async function readOutboxDepth(db: Db): Promise<OutboxDepth> {
  const { rows } = await sql<{ waiting: number; oldest_at: string | null }>`
    select count(*) as waiting, min(created_at) as oldest_at from outbox`.execute(db);
  const [row] = rows;
  return { waiting: row?.waiting ?? 0, oldestAt: row?.oldest_at ?? null };
}
