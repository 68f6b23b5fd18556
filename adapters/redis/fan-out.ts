import { setImmediate as nextTurn } from "node:timers/promises";
import type { Redis } from "ioredis";
import { listenersOf, textOf, type Listeners } from "../listeners.ts";
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
  const outgoing = new Outgoing(publisher, log);
  const subscriptions = new Subscriptions(subscriber, listeners, log);

  subscriber.on("message", (channel: string, text: string) => listeners.deliver(channel, text));
  subscriber.on("ready", () => {
    for (const channel of listeners.channels()) void subscriptions.bringUpToDate(channel);
  });
  const pinging = setInterval(() => {
    if (subscriber.status !== "ready") return;
    subscriber.ping().catch(() => subscriptions.reconnect());
  }, PING_EVERY_MS);
  pinging.unref();

  return {
    async publish(channel, message) {
      const text = textOf(message, channel, log);
      if (text !== undefined) await outgoing.send(channel, text);
    },
    async subscribe(channel, listener) {
      const wasListenedTo = listeners.has(channel);
      const remove = listeners.add(channel, listener);
      await subscriptions.ready();
      if (wasListenedTo) await subscriptions.settled;
      else await subscriptions.bringUpToDate(channel);
      return async () => {
        remove();
        if (!listeners.has(channel)) await subscriptions.bringUpToDate(channel);
      };
    },
    async close() {
      subscriptions.close();
      clearInterval(pinging);
      listeners.clear();
      await Promise.all([closeRedis(publisher), closeRedis(subscriber, "subscriber")]);
    },
  };
}

/** What is published in one turn of the event loop is one write, as the hints of a batch of matches are. */
class Outgoing {
  readonly #redis: Redis;
  readonly #log: Logger;
  readonly #connecting: ReturnType<typeof firstConnection>;
  readonly #sometimes = atMostEvery(LOG_EVERY_MS);
  #next: { readonly hints: [channel: string, text: string][]; readonly sent: Promise<void> } | undefined;

  constructor(redis: Redis, log: Logger) {
    this.#redis = redis;
    this.#log = log;
    this.#connecting = firstConnection(redis);
  }

  send(channel: string, text: string): Promise<void> {
    if (this.#next === undefined) {
      const hints: [string, string][] = [];
      this.#next = { hints, sent: nextTurn().then(() => this.#sendAll(hints)) };
    }
    this.#next.hints.push([channel, text]);
    return this.#next.sent;
  }

  async #sendAll(hints: readonly [channel: string, text: string][]): Promise<void> {
    this.#next = undefined;
    try {
      await this.#connecting.pending;
      const pipeline = this.#redis.pipeline();
      for (const [channel, text] of hints) pipeline.publish(channel, text);
      for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
    } catch (error) {
      const { message: reason } = error as Error;
      this.#sometimes(() => this.#log.warn({ hints: hints.length, reason }, "hints are being lost"));
    }
  }
}

/**
 * Keeps what Redis is subscribed to in line with who listens. One change after the other, since an unsubscribe must not
 * overtake the subscribe that follows it; what is asked for while one is under way goes into the next, however many
 * channels that are.
 */
class Subscriptions {
  readonly #redis: Redis;
  readonly #listeners: Listeners;
  readonly #log: Logger;
  #isClosed = false;
  #connecting: Promise<boolean> | undefined;
  #last: Promise<void> = Promise.resolve();
  #next: { readonly channels: Set<string>; readonly done: Promise<void> } | undefined;

  constructor(redis: Redis, listeners: Listeners, log: Logger) {
    this.#redis = redis;
    this.#listeners = listeners;
    this.#log = log;
  }

  /** Resolves when all that was asked for until now is done. */
  get settled(): Promise<void> {
    return this.#last;
  }

  /** Resolves when there is a connection, or after a moment without: one wait, however many wait. */
  async ready(): Promise<void> {
    if (this.#redis.status === "ready") return;
    this.#connecting ??= whenReady(this.#redis, READY_WITHIN_MS).finally(
      () => (this.#connecting = undefined),
    );
    await this.#connecting;
  }

  bringUpToDate(channel: string): Promise<void> {
    if (this.#next === undefined) {
      const channels = new Set<string>();
      const done = this.#last.then(() => this.#change(channels));
      this.#next = { channels, done };
      this.#last = done;
    }
    this.#next.channels.add(channel);
    return this.#next.done;
  }

  /** In doubt about the state of the connection, takes a new one, which subscribes to everything when it is ready. */
  reconnect(): void {
    if (!this.#isClosed) this.#redis.disconnect(true);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #change(channels: ReadonlySet<string>): Promise<void> {
    this.#next = undefined;
    if (this.#isClosed || this.#redis.status !== "ready") return; // "ready" will see to it
    const wanted = [...channels].filter((channel) => this.#listeners.has(channel));
    const left = [...channels].filter((channel) => !this.#listeners.has(channel));
    try {
      if (wanted.length > 0) await this.#redis.subscribe(...wanted);
      if (left.length > 0) await this.#redis.unsubscribe(...left);
    } catch (error) {
      const { message: reason } = error as Error;
      this.#log.warn({ channels: channels.size, reason }, "channels could not be changed; reconnecting");
      this.reconnect();
    }
  }
}
