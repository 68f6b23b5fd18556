import { listenersOf, textOf } from "../listeners.ts";
import type { FanOut, Logger } from "../ports.ts";

/**
 * Hints within this process, for a single machine. As through Redis, a message arrives as a copy and after `publish`
 * has returned to the event loop, so a publisher never runs its listeners' code.
 */
export function inProcessFanOut({ log }: { readonly log: Logger }): FanOut {
  const listeners = listenersOf(log);
  return {
    async publish(channel, message) {
      if (!listeners.has(channel)) return;
      const text = textOf(message, channel, log);
      if (text !== undefined) setImmediate(() => listeners.deliver(channel, text));
    },
    async subscribe(channel, listener) {
      const remove = listeners.add(channel, listener);
      return async () => remove();
    },
    async close() {
      listeners.clear();
    },
  };
}
