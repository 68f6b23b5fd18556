import type { Quote, QuoteCache } from "../ports.ts";

export type InProcessQuoteCacheOptions = {
  /** Units: seconds. Default 60. */
  readonly ttlSeconds?: number;
  /** Monotonic clock. Units: milliseconds. */
  readonly nowMs?: () => number;
};

// A quote weighs some 200 bytes: 20 MB at most.
const ENTRIES_MAX = 100_000;

/** Quotes in the memory of this process, for a single machine. The same behaviour as the one in Redis. */
export function inProcessQuoteCache(options: InProcessQuoteCacheOptions = {}): QuoteCache {
  const { ttlSeconds = 60, nowMs = () => performance.now() } = options;
  // A Map keeps insertion order and every put re-inserts, so the entries lie in order of expiry.
  const entries = new Map<string, { readonly quote: Quote; readonly expiresAtMs: number }>();

  const dropOld = () => {
    const now = nowMs();
    for (const [symbol, { expiresAtMs }] of entries) {
      if (expiresAtMs > now && entries.size <= ENTRIES_MAX) return;
      entries.delete(symbol);
    }
  };

  return {
    async get(symbols) {
      const found = new Map<string, Quote>();
      const now = nowMs();
      for (const symbol of symbols) {
        const entry = entries.get(symbol);
        if (entry !== undefined && entry.expiresAtMs > now) found.set(symbol, entry.quote);
      }
      return found;
    },
    async put(quotes) {
      const expiresAtMs = nowMs() + ttlSeconds * 1000;
      for (const quote of quotes) {
        entries.delete(quote.symbol);
        entries.set(quote.symbol, { quote: { ...quote }, expiresAtMs });
      }
      dropOld();
    },
    async close() {
      entries.clear();
    },
  };
}
