import type { Logger, Quote, QuoteCache } from "../ports.ts";
import { quoteFromJson, quoteToJson } from "../quote-json.ts";
import { atMostEvery, closeRedis, connectRedis, firstConnection } from "./client.ts";

export type QuoteCacheOptions = {
  readonly url: string;
  readonly log: Logger;
  /** Units: seconds. Default 60. */
  readonly ttlSeconds?: number;
};

// One pipeline of this many commands is a few milliseconds of Redis' only thread.
const PIPELINE_SIZE_MAX = 1_000;
const LOG_EVERY_MS = 10_000;

/**
 * Quotes in Redis under `stock:<SYMBOL>`, shared by all processes, each forgotten after `ttlSeconds`.
 *
 * Errors: none. With Redis away or slow, `get` finds nothing within 200 ms, `put` does nothing, and a line is logged at
 * most every 10 s.
 */
export function redisQuoteCache({ url, log, ttlSeconds = 60 }: QuoteCacheOptions): QuoteCache {
  const redis = connectRedis(url, { log, role: "commands" });
  const ttlMs = Math.max(1, Math.round(ttlSeconds * 1000));
  const connecting = firstConnection(redis);
  const sometimes = atMostEvery(LOG_EVERY_MS);
  const logFailure = (error: unknown, message: string) =>
    sometimes(() => log.warn({ reason: error instanceof Error ? error.message : String(error) }, message));

  return {
    async get(symbols) {
      const found = new Map<string, Quote>();
      try {
        await connecting.pending;
        for (const slice of slicesOf(symbols)) {
          const pipeline = redis.pipeline();
          for (const symbol of slice) pipeline.get(keyOf(symbol));
          for (const [error, text] of (await pipeline.exec()) ?? []) {
            if (error) throw error;
            const quote = typeof text === "string" ? quoteFromJson(text) : undefined;
            if (quote !== undefined) found.set(quote.symbol, quote);
            else if (text !== null) logFailure("not a quote", "ignored a malformed entry of the quote cache");
          }
        }
      } catch (error) {
        logFailure(error, "the quote cache could not be read");
        return new Map();
      }
      return found;
    },
    async put(quotes) {
      try {
        await connecting.pending;
        for (const slice of slicesOf(quotes)) {
          const pipeline = redis.pipeline();
          for (const quote of slice) pipeline.set(keyOf(quote.symbol), quoteToJson(quote), "PX", ttlMs);
          for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
        }
      } catch (error) {
        logFailure(error, "the quote cache could not be written");
      }
    },
    close: () => closeRedis(redis),
  };
}

const keyOf = (symbol: string) => `stock:${symbol}`;

function* slicesOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += PIPELINE_SIZE_MAX) {
    yield list.slice(from, from + PIPELINE_SIZE_MAX);
  }
}
