import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "#adapters/ports.ts";

/** A task that runs again and again until it is stopped. */
export interface Repeating {
  /** Waits for the run in hand. */
  stop(): Promise<void>;
}

/**
 * Runs `task`, waits `everyMs`, and so on. A run that fails is logged and the next one comes as usual; one that returns
 * milliseconds says how soon it wants to run again, where that is sooner.
 */
export function repeat(
  name: string,
  options: {
    everyMs: number;
    log: Logger;
    task: (stopping: AbortSignal) => Promise<number | undefined | void>;
  },
): Repeating {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const soonerMs = await options.task(stopping.signal).catch((error: unknown) => {
        options.log.warn({ err: error }, `${name} failed`);
      });
      const waitMs = Math.min(soonerMs ?? options.everyMs, options.everyMs);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
