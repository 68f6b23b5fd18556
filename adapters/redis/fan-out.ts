import { listenersOf, textOf } from "../listeners.ts";
import type { FanOut, Logger } from "../ports.ts";
import { atMostEvery, closeRedis, connectRedis, firstConnection, whenReady } from "./client.ts";

const READY_WITHIN_MS = 2_000;
const PING_EVERY_MS = 5_000;
const LOG_EVERY_MS = 10_000;

/**
 * Hints between processes through Redis PUBLISH. All subscriptions of a process share one connection; a channel is
 * subscribed to once, however many listen.
 *
 * The set of channels lives here: whenever the connection becomes ready, at first or again, every channel in it is
 * subscribed to anew. A ping finds out about a connection that is dead without saying so.
 *
 * Errors: none; see the port.
 */
export function redisFanOut({ url, log }: { readonly url: string; readonly log: Logger }): FanOut {
  const publisher = connectRedis(url, { log, role: "commands" });
  const subscriber = connectRedis(url, { log, role: "subscriber" });
  const listeners = listenersOf(log);
  const connecting = firstConnection(publisher);
  const sometimes = atMostEvery(LOG_EVERY_MS);
  let closed = false;

  // One change after the other: an unsubscribe must not overtake the subscribe that follows it.
  let lastChange: Promise<void> = Promise.resolve();
  const bringUpToDate = (channel: string) => {
    lastChange = lastChange.then(async () => {
      if (closed || subscriber.status !== "ready") return; // "ready" will see to it
      try {
        if (listeners.has(channel)) await subscriber.subscribe(channel);
        else await subscriber.unsubscribe(channel);
      } catch (error) {
        // In doubt about the state of the connection, take a new one: "ready" then subscribes to everything.
        log.warn(
          { channel, reason: (error as Error).message },
          "a channel could not be changed; reconnecting",
        );
        if (!closed) subscriber.disconnect(true);
      }
    });
    return lastChange;
  };

  subscriber.on("message", (channel: string, text: string) => listeners.deliver(channel, text));
  subscriber.on("ready", () => {
    for (const channel of listeners.channels()) void bringUpToDate(channel);
  });
  const pinging = setInterval(() => {
    if (subscriber.status !== "ready") return;
    subscriber.ping().catch(() => {
      if (!closed) subscriber.disconnect(true);
    });
  }, PING_EVERY_MS);
  pinging.unref();

  return {
    async publish(channel, message) {
      const text = textOf(message, channel, log);
      if (text === undefined) return;
      try {
        await connecting.pending;
        await publisher.publish(channel, text);
      } catch (error) {
        sometimes(() => log.warn({ channel, reason: (error as Error).message }, "hints are being lost"));
      }
    },
    async subscribe(channel, listener) {
      const wasListenedTo = listeners.has(channel);
      const remove = listeners.add(channel, listener);
      if (subscriber.status !== "ready") await whenReady(subscriber, READY_WITHIN_MS);
      if (wasListenedTo) await lastChange;
      else await bringUpToDate(channel);
      return async () => {
        remove();
        if (!listeners.has(channel)) await bringUpToDate(channel);
      };
    },
    async close() {
      closed = true;
      clearInterval(pinging);
      listeners.clear();
      await Promise.all([closeRedis(publisher), closeRedis(subscriber)]);
    },
  };
}
