import type { Quote, QuoteCache } from "../ports.ts";
import { simulatedQuotes } from "./simulated-exchange.ts";

/** Finds quotes by symbol. Shape: only what was found; symbols in upper case. Errors: none. */
export type QuoteLookup = (symbols: readonly string[]) => Promise<ReadonlyMap<string, Quote>>;

/** From the cache, and from the simulated exchange what the cache does not have. */
export function quoteLookup(cache: QuoteCache, options: { seed: number; now: () => number }): QuoteLookup {
  return async (symbols) => {
    const unique = [...new Set(symbols)];
    if (unique.length === 0) return new Map();
    const found = await cache.get(unique);
    const missing = unique.filter((symbol) => !found.has(symbol));
    if (missing.length === 0) return found;
    const fetched = simulatedQuotes(missing, { seed: options.seed, nowMs: options.now() });
    await cache.put([...fetched.values()]);
    return new Map([...found, ...fetched]);
  };
}

/** A price older than this is shown as stale. */
export const STALE_AFTER_MS = 60_000;

export function isStale(quote: Quote, nowMs: number): boolean {
  return nowMs - Date.parse(quote.asOf) > STALE_AFTER_MS;
}
