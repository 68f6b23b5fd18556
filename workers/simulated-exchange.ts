import { simulatedQuotes } from "#adapters/quotes/simulated-exchange.ts";
import { readHeldSymbols } from "#adapters/postgres/held-symbols.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { FanOut, Logger, Quote, QuoteCache } from "#adapters/ports.ts";
import { QUOTES_CHANNEL } from "#contracts/events.ts";
import { repeat, type Repeating } from "./repeat.ts";

const HELD_SYMBOLS_EVERY_MS = 2_000;

/** Ticks the held `.SIM` symbols: writes each price to the cache and tells every node the ones that changed. */
export function startSimulatedExchange(options: {
  db: Db;
  cache: QuoteCache;
  fanOut: FanOut;
  log: Logger;
  seed: number;
  tickMs: number;
}): Repeating[] {
  let symbols: readonly string[] = [];
  let last = new Map<string, Quote>();
  const held = repeat("reading held symbols", {
    everyMs: HELD_SYMBOLS_EVERY_MS,
    log: options.log,
    task: async () => void (symbols = await readHeldSymbols(options.db, ".SIM")),
  });
  const ticks = repeat("simulated exchange", {
    everyMs: options.tickMs,
    log: options.log,
    async task() {
      const quotes = simulatedQuotes(symbols, { seed: options.seed, nowMs: Date.now() });
      await options.cache.put([...quotes.values()]);
      const moved = [...quotes.values()].filter((quote) => isNews(quote, last.get(quote.symbol)));
      last = new Map([...last, ...moved.map((quote) => [quote.symbol, quote] as const)]);
      if (moved.length > 0) await options.fanOut.publish(QUOTES_CHANNEL, moved);
    },
  });
  return [held, ticks];
}

/** An unchanged price is told again from time to time, so that it does not look old. */
const RETELL_AFTER_MS = 10_000;

function isNews(quote: Quote, before: Quote | undefined): boolean {
  return (
    before === undefined ||
    before.price !== quote.price ||
    Date.parse(quote.asOf) - Date.parse(before.asOf) >= RETELL_AFTER_MS
  );
}
