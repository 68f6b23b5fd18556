/*
 * Trades as an active investor makes them, the same at every run.
 *
 * 65 % buys and 35 % sells of one size distribution, over eight instruments a portfolio, each trade later than the one
 * before. A sell never exceeds what is held, so no trade is rejected. What is held therefore grows, and with it the
 * number of open lots (one instrument has some 30 % as many open lots as it has had trades): the very thing that a
 * growing history makes expensive.
 */
import { canonicalTransaction, type CanonicalTransaction } from "#use-cases/canonical-transaction.ts";

const BUYS_SHARE = 0.65;
const INSTRUMENTS = 40;
const INSTRUMENTS_PER_PORTFOLIO = 8;
/** Quantities are counted in these, so that the arithmetic here is that of whole numbers. */
const PARTS_PER_SHARE = 1_000;

/** The symbols that the streams trade in. The simulated exchange lists them. */
export const SYMBOLS: readonly string[] = Array.from(
  { length: INSTRUMENTS },
  (_, index) => `B${String(index).padStart(3, "0")}.SIM`,
);

/** A purchase or a sale in canonical form. */
export interface CanonicalTrade extends CanonicalTransaction {
  readonly type: "buy" | "sell";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly currency: string;
}

/** Makes the next trade of one portfolio, made at the given instant. */
export type TradeStream = (tradedAtMs: number) => CanonicalTrade;

export function tradeStream(seed: number): TradeStream {
  const random = randomNumbers(seed);
  const held = new Map<string, number>();
  const first = Math.floor(random() * INSTRUMENTS);
  return (tradedAtMs) => {
    const symbol = SYMBOLS[(first + Math.floor(random() * INSTRUMENTS_PER_PORTFOLIO)) % INSTRUMENTS]!;
    const holding = held.get(symbol) ?? 0;
    const size = 1 + Math.floor(random() * 100 * PARTS_PER_SHARE);
    const isBuy = random() < BUYS_SHARE || holding === 0;
    const parts = isBuy ? size : Math.min(size, holding);
    held.set(symbol, holding + (isBuy ? parts : -parts));
    return canonicalTransaction({
      type: isBuy ? "buy" : "sell",
      symbol,
      quantity: String(parts / PARTS_PER_SHARE),
      price: (20 + random() * 400).toFixed(2),
      fees: (random() * 10).toFixed(2),
      tradedAt: new Date(tradedAtMs).toISOString(),
    }) as CanonicalTrade;
  };
}

/** Numbers from 0 up to 1 that look random and are the same for the same seed. Source: mulberry32, T. Ettinger. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
