import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "#adapters/ports.ts";

/** A task that runs again and again until it is stopped. */
export interface Repeating {
  /** Waits for the run in hand. */
  stop(): Promise<void>;
}

/** Runs `task`, waits `everyMs`, and so on. A run that fails is logged and the next one comes as usual. */
export function repeat(
  name: string,
  options: { everyMs: number; log: Logger; task: () => Promise<void> },
): Repeating {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await options.task().catch((error: unknown) => options.log.warn({ err: error }, `${name} failed`));
      await delay(options.everyMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
