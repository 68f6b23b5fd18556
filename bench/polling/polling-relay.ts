/*
 * The relay that most systems begin with: a timer that looks into the outbox table once a second. It takes what it finds,
 * in the product's batches and through the product's own statement, until one is not full, and sleeps again; all that it
 * lacks is being told. (Until one is empty would be for ever: while it works, the next trade arrives.)
 */
import { setTimeout as delay } from "node:timers/promises";
import type { EventConsumer, Logger } from "#adapters/ports.ts";
import { handleBatch } from "#adapters/postgres/outbox.ts";
import type { Db } from "#adapters/postgres/pool.ts";

const POLL_MS = 1_000;
const BATCH_SIZE_MAX = 500;

export function pollingRelay({ db, log }: { db: Db; log: Logger }): EventConsumer {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start(handler) {
      running = (async () => {
        while (!stopping.signal.aborted) {
          try {
            const next = () => handleBatch(db, { handler, batchSizeMax: BATCH_SIZE_MAX });
            while ((await next()) === BATCH_SIZE_MAX);
          } catch (error) {
            log.warn({ err: error }, "events could not be handled, will try again");
          }
          await delay(POLL_MS, undefined, { signal: stopping.signal }).catch(() => {});
        }
      })();
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
