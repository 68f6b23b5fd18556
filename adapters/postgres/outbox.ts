import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import pg from "pg";
import type { AnnouncedEvent, EventConsumer, EventHandler, Logger } from "../ports.ts";
import type { Db } from "./pool.ts";

/** Units: milliseconds. */
const POLL_MS = 250;
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 2_000;
const LISTEN_RETRY_MS = 1_000;
/** A handler may take longer than a connection may otherwise sit idle inside a transaction. */
const HANDLER_MS_MAX = 60_000;

/**
 * Reads the outbox table as an event log. Rows are deleted by an SQL transaction that lasts until their handler is done,
 * so a crash hands them to the next reader; several readers share the rows without waiting for each other.
 * NOTIFY wakes it; polling makes good what a lost notification leaves. A cursor on the id would not do: ids are given
 * before rows are visible, and rows that commit late would be passed over for ever.
 */
export function outboxConsumer(options: {
  db: Db;
  /** For LISTEN, which needs a connection of its own. */
  url: string;
  log: Logger;
  batchSizeMax?: number;
}): EventConsumer {
  const { db, log, batchSizeMax = 500 } = options;
  const stopping = new AbortController();
  const bell = new Bell();
  let running: Promise<unknown> = Promise.resolve();

  async function run(handler: EventHandler): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    while (!stopping.signal.aborted) {
      try {
        const handled = await handleBatch(db, { handler, batchSizeMax });
        retryMs = RETRY_FIRST_MS;
        // What came while the batch was in hand has rung the bell, and is the next batch.
        if (handled < batchSizeMax) await bell.wait(POLL_MS);
      } catch (error) {
        log.warn({ err: error, retryMs }, "events could not be handled, will try again");
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => {});
        retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
      }
    }
  }

  return {
    start(handler) {
      running = Promise.all([run(handler), listen({ url: options.url, log, bell, signal: stopping.signal })]);
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}

interface OutboxRow {
  readonly id: number;
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly correlation_id: string | null;
}

/** Hands the oldest events that nobody else is busy with to the handler, once. Returns how many there were. */
export async function handleBatch(
  db: Db,
  { handler, batchSizeMax }: { handler: EventHandler; batchSizeMax: number },
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    // To forget this commit in a crash is harmless: the same events come again. So it waits for no disk.
    // By physical place, which a locked row keeps: rows that have been found are not looked up once more. Planned anew
    // each time: a plan that is kept, made while the table was empty, would read the whole of it for ever.
    const { rows } = await sql<OutboxRow>`
      with settings as materialized (
        select set_config('synchronous_commit', 'off', true),
          set_config('idle_in_transaction_session_timeout', ${String(HANDLER_MS_MAX)}, true)
      )
      delete from outbox using settings
      where ctid = any (array(select ctid from outbox order by id limit ${batchSizeMax} for update skip locked))
      returning id, portfolio_id, sequence, correlation_id`.execute(trx);
    if (rows.length === 0) return 0;
    await handler(
      rows
        .toSorted((a, b) => a.id - b.id)
        .map((row): AnnouncedEvent => ({
          portfolioId: row.portfolio_id,
          sequence: row.sequence,
          ...(row.correlation_id === null ? {} : { correlationId: row.correlation_id }),
        })),
    );
    return rows.length;
  });
}

/** Keeps one connection listening, for as long as it takes. */
async function listen(options: { url: string; log: Logger; bell: Bell; signal: AbortSignal }): Promise<void> {
  const { url, log, bell, signal } = options;
  while (!signal.aborted) {
    const client = new pg.Client({
      connectionString: url,
      application_name: "lotwise outbox listener",
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.on("error", () => resolve());
      client.on("end", () => resolve());
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await client.connect();
      client.on("notification", () => bell.ring());
      await client.query("listen outbox");
      bell.ring();
      await ended;
    } catch (error) {
      log.warn({ err: error }, "not listening for outbox notifications, polling instead");
    }
    await client.end().catch(() => {});
    if (!signal.aborted) await delay(LISTEN_RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Lets a loop sleep until something happens, or for a time. A ring while nobody waits is remembered. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
