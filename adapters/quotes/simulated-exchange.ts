/*
 * The simulated exchange: prices for symbols that end in .SIM, so that everything works live and offline and no real
 * ticker ever gets an invented price.
 *
 * A price is a pure function of seed, symbol and instant. The logarithm of the price is a Brownian path, built by
 * midpoint displacement (Lévy's construction): the path's two ends are drawn first, then the middle given the ends, then
 * the middle of each half, down to one tick. Any instant is reached by halving the horizon about thirty times, without
 * walking through the ticks before it; so past trades can be made at the price that the exchange had then, every process
 * sees the same prices, and a restart changes nothing. A few basis points of noise on each tick stand for the spread.
 *
 * Floats are fine here: what comes out is a vendor's price, rounded to cents before anybody computes with it.
 */
import type { Quote } from "../ports.ts";

export const SIMULATED_SOURCE = "simulated exchange";

const SYMBOL = /^[A-Z0-9][A-Z0-9.=-]{0,19}\.SIM$/;
const CURRENCY = "USD";
const TICK_MS = 250;
const HALVINGS = 32;
const HORIZON_MS = TICK_MS * 2 ** HALVINGS; // 34 years
const HORIZON_START_MS = Date.UTC(2005, 0, 1);
const YEAR_MS = 365.25 * 86_400_000;
const DAY_MS = 86_400_000;
const NOISE = 0.000_25;

/** Whether the simulated exchange lists a symbol. Shape: upper case. */
export function isListed(symbol: string): boolean {
  return SYMBOL.test(symbol);
}

/** The quotes of those symbols that are listed. Units: see Quote; the previous close is the price at midnight UTC. */
export function simulatedQuotes(
  symbols: readonly string[],
  options: { seed: number; nowMs: number },
): ReadonlyMap<string, Quote> {
  const quotes = new Map<string, Quote>();
  for (const symbol of symbols) {
    if (!isListed(symbol)) continue;
    quotes.set(symbol, {
      symbol,
      currency: CURRENCY,
      price: simulatedPrice(symbol, { seed: options.seed, atMs: options.nowMs }),
      previousClose: simulatedPrice(symbol, {
        seed: options.seed,
        atMs: options.nowMs - (options.nowMs % DAY_MS) - TICK_MS,
      }),
      asOf: new Date(options.nowMs).toISOString(),
      source: SIMULATED_SOURCE,
    });
  }
  return quotes;
}

/** The price at an instant, between 2005 and 2038. Units: US dollars, two decimals (four below one dollar). */
export function simulatedPrice(symbol: string, options: { seed: number; atMs: number }): string {
  const key = hashText(symbol, options.seed);
  const tick = Math.floor((options.atMs - HORIZON_START_MS) / TICK_MS);
  const basePrice = 15 + 285 * uniform(key, 1, 0) ** 2;
  const volatility = 0.14 + 0.26 * uniform(key, 2, 0);
  const noise = NOISE * (2 * uniform(key, 3, tick) - 1);
  // Anchored at 2025 so that prices of today are near the base price whatever the path did before.
  const anchor = Math.floor((Date.UTC(2025, 0, 1) - HORIZON_START_MS) / TICK_MS);
  const years = ((tick - anchor) * TICK_MS) / YEAR_MS;
  const path = brownian(key, tick) - brownian(key, anchor);
  const price = basePrice * Math.exp(volatility * path + 0.05 * years + noise);
  return price.toFixed(price < 1 ? 4 : 2);
}

/** Standard Brownian motion over the horizon, at a tick. Units: square root of years. */
function brownian(key: number, tick: number): number {
  let from = 0;
  let length = 2 ** HALVINGS;
  let left = 0;
  let right = gaussian(key, 0, 0) * Math.sqrt(HORIZON_MS / YEAR_MS);
  for (let level = 1; level <= HALVINGS && length > 1; level += 1) {
    const half = length / 2;
    const middle = from + half;
    const years = (length * TICK_MS) / YEAR_MS;
    const value = (left + right) / 2 + gaussian(key, level, middle) * (Math.sqrt(years) / 2);
    if (tick < middle) {
      right = value;
    } else {
      left = value;
      from = middle;
    }
    length = half;
  }
  return left;
}

/** A standard normal number that belongs to one node of the path (Box–Muller). */
function gaussian(key: number, level: number, index: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(key, 100 + level, index)));
  return radius * Math.cos(2 * Math.PI * uniform(key, 200 + level, index));
}

/** A number in [0, 1) that belongs to (key, salt, index). */
function uniform(key: number, salt: number, index: number): number {
  const high = Math.floor(index / 2 ** 32);
  let mixed = mix(key ^ Math.imul(salt, 0x9e3779b1));
  mixed = mix(mixed ^ (index >>> 0));
  mixed = mix(mixed ^ Math.imul(high + 1, 0x85ebca6b));
  return (mixed >>> 0) / 2 ** 32;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}

function hashText(text: string, seed: number): number {
  let hash = mix(seed | 0);
  for (let index = 0; index < text.length; index += 1)
    hash = mix(hash ^ Math.imul(text.charCodeAt(index), 0x01000193));
  return hash;
}
