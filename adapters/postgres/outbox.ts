import { setTimeout as delay } from "node:timers/promises";
import { openGate, type EventConsumer, type EventHandler, type Gate, type Logger } from "../ports.ts";
import { Bell, listen } from "./notifications.ts";
import { takeAnnouncements } from "./outbox-batches.ts";
import type { Db } from "./pool.ts";

/** Units: milliseconds. */
const POLL_MS = 250;
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 2_000;
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
  /** Default: always open. */
  gate?: Gate;
}): EventConsumer {
  const { db, url, log, batchSizeMax = 500, gate = openGate } = options;
  const stopping = new AbortController();
  const bell = new Bell();
  let running: Promise<unknown> = Promise.resolve();

  async function run(handler: EventHandler): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    while (!stopping.signal.aborted) {
      await gate.opened(stopping.signal);
      try {
        const handled = await gate.pass(() => handleBatch(db, { handler, batchSizeMax }));
        retryMs = RETRY_FIRST_MS;
        // What came while the batch was in hand has rung the bell, and is the next batch.
        if (handled !== undefined && handled < batchSizeMax) await bell.wait(POLL_MS);
      } catch (error) {
        log.warn({ err: error, retryMs }, "events could not be handled, will try again");
        await delay(retryMs, undefined, { signal: stopping.signal }).catch(() => {});
        retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
      }
    }
  }

  return {
    start(handler) {
      const { signal } = stopping;
      const listening = listen({ url, channel: "outbox", log, signal, onNews: () => bell.ring() });
      running = Promise.all([run(handler), listening]);
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      bell.ring();
      await running;
    },
  };
}

/** Hands the oldest events that nobody else is busy with to the handler, once. Returns how many there were. */
export function handleBatch(
  db: Db,
  { handler, batchSizeMax }: { handler: EventHandler; batchSizeMax: number },
): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const events = await takeAnnouncements(trx, { sizeMax: batchSizeMax, heldForMsMax: HANDLER_MS_MAX });
    if (events.length > 0) await handler(events);
    return events.length;
  });
}
