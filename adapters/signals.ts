import type { Logger } from "./ports.ts";

/** How long a process may take to stop before it is ended. Units: milliseconds. */
const STOP_WITHIN_MS = 4_500;

/** A terminal's Ctrl-C can arrive twice, once through npm: the same signal this soon is the same one. Units: milliseconds. */
const SAME_SIGNAL_MS = 500;

/** Something to stop or close, and what the log calls it. */
export type Closing = readonly [what: string, close: () => Promise<unknown>];

/** The end of a process, from the signal that asks for it on. */
export interface Ending {
  /** Resolves on SIGTERM or SIGINT. */
  readonly signalled: Promise<NodeJS.Signals>;
  /**
   * Closes one after the other, and ends the process: with 0 when all of it went well, with 1 when something failed or
   * was not done 4.5 s after the signal. The log then names what it was.
   */
  closeInOrder(closings: readonly Closing[]): Promise<never>;
}

/** Takes over the signals that ask this process to stop. A second one ends it at once. */
export function prepareToEnd(log: Logger): Ending {
  const signalled = Promise.withResolvers<NodeJS.Signals>();
  let stage = "what was being started";
  let first: NodeJS.Signals | undefined;
  let signalledAt = 0;
  const handle = (signal: NodeJS.Signals) => {
    if (first !== undefined) {
      if (signal === first && performance.now() - signalledAt < SAME_SIGNAL_MS) return;
      log.warn({ signal, stage }, "asked to stop again, ending at once");
      process.exit(1);
    }
    first = signal;
    signalledAt = performance.now();
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.error({ stage, withinMs: STOP_WITHIN_MS }, "could not stop in time, ending at once");
      process.exit(1);
    }, STOP_WITHIN_MS).unref();
    signalled.resolve(signal);
  };
  process.on("SIGTERM", handle);
  process.on("SIGINT", handle);

  return {
    signalled: signalled.promise,
    async closeInOrder(closings) {
      let failures = 0;
      for (const [what, close] of closings) {
        stage = what;
        await close().catch((error: unknown) => {
          failures += 1;
          log.error({ err: error, stage }, "could not be closed");
        });
      }
      log.info({ tookMs: Math.round(performance.now() - signalledAt), failures }, "stopped");
      return process.exit(failures === 0 ? 0 : 1);
    },
  };
}
