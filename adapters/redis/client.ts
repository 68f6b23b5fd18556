import { Redis } from "ioredis";
import type { Logger } from "../ports.ts";

export type RedisClientOptions = {
  readonly log: Logger;
  /** "commands" answers or fails within 200 ms. "subscriber" waits for messages on a connection of its own. */
  readonly role: "commands" | "subscriber";
};

const COMMAND_TIMEOUT_MS = 200;
const SUBSCRIBER_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MAX_MS = 1_000;

/**
 * Connects to Redis in the background and reconnects for ever.
 *
 * Every option that decides how long a call may take is explicit: with ioredis' defaults a `get` on a Redis that is
 * down hangs for 73 s. Here it fails at once, for there is neither an offline queue nor a second try.
 *
 * Errors: commands reject when Redis is away or slow; the process never dies of it. Log: one line when Redis goes and
 * one when it is back, however many attempts lie between.
 */
export function connectRedis(url: string, { log, role }: RedisClientOptions): Redis {
  const redis = new Redis(url, {
    connectionName: `lotwise-${role}`,
    protocol: 2, // the oldest Redis we promise (6.2) and every proxy speak it; ioredis 6 would ask for 3
    connectTimeout: 2_000,
    commandTimeout: role === "commands" ? COMMAND_TIMEOUT_MS : SUBSCRIBER_TIMEOUT_MS,
    keepAlive: 5_000,
    noDelay: true,
    enableOfflineQueue: false,
    enableReadyCheck: true,
    maxRetriesPerRequest: 1,
    // Sent twice is worse than not sent: nothing we ask of Redis is worth a retry behind our back.
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: retryDelayMs,
  });
  let away = false;
  redis.on("error", (error: Error) => {
    if (!away) log.warn({ role, reason: error.message || error.name }, "Redis is away");
    away = true;
  });
  redis.on("ready", () => {
    if (away) log.info({ role }, "Redis is back");
    away = false;
  });
  return redis;
}

/**
 * Resolves true as soon as the connection is ready, false when it is not within `timeoutMs` or has been closed.
 */
export function whenReady(redis: Redis, timeoutMs: number): Promise<boolean> {
  if (redis.status === "ready") return Promise.resolve(true);
  return new Promise((resolve) => {
    const finish = (ready: boolean) => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      redis.off("end", onEnd);
      resolve(ready);
    };
    const onReady = () => finish(true);
    const onEnd = () => finish(false);
    const timer = setTimeout(() => finish(false), timeoutMs);
    redis.once("ready", onReady);
    redis.once("end", onEnd);
  });
}

/**
 * A promise to await before a command while the very first connection is being made (at most a second), so that what
 * a process does right after its start is not lost. Later on, undefined: then a Redis that is away must cost nothing.
 */
export function firstConnection(redis: Redis): { readonly pending: Promise<boolean> | undefined } {
  const state: { pending: Promise<boolean> | undefined } = { pending: undefined };
  state.pending = whenReady(redis, 1_000).finally(() => {
    state.pending = undefined;
  });
  return state;
}

/** A function that runs what it is given at most once in `everyMs`, and otherwise drops it: for logs of an outage. */
export function atMostEvery(everyMs: number): (act: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (act) => {
    if (performance.now() - lastMs < everyMs) return;
    lastMs = performance.now();
    act();
  };
}

/** Closes in order when Redis answers, at once when it does not, or when there is nothing to wait for. */
export async function closeRedis(redis: Redis, role: RedisClientOptions["role"] = "commands"): Promise<void> {
  if (redis.status === "ready" && role === "commands") await redis.quit().catch(() => redis.disconnect());
  else redis.disconnect();
}

// Half the delay is random, so that many clients do not come back in step.
function retryDelayMs(attempt: number): number {
  const delay = Math.min(50 * 2 ** Math.min(attempt - 1, 10), RETRY_DELAY_MAX_MS);
  return Math.round(delay / 2 + Math.random() * (delay / 2));
}
