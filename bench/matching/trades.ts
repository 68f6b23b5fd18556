/*
 * Trades of one instrument, as a typical investor makes them, the same at every run and on every side of a comparison:
 * 65 % buys and 35 % sells of one size distribution, each later than the one before; a sell never exceeds what is held.
 * One sale in two closes more than one lot, and open lots accumulate.
 *
 * Quantities are eighths of a share: they have three decimals, and floats hold their sums exactly. With sums that they do
 * not hold, the float side would sell dust (lots of 1e-13 shares that never reach zero), reject sales of everything that
 * is held, and so have other work to do than the exact one.
 */
import { money, price, quantity } from "#domain/amounts.ts";
import type { LedgerTransaction } from "#domain/transaction.ts";
import { randomNumbers } from "../setup/trade-stream.ts";
import type { InNumber } from "./in-number.ts";

/** Quantity, price and fees as decimal text. */
export type WrittenTrade = InNumber<LedgerTransaction, string>;

const BUYS_SHARE = 0.65;
const EIGHTHS_MAX = 800;
const FIRST_TRADE_AT_MS = Date.UTC(2020, 0, 2);
const BETWEEN_TRADES_MS = 60_000;

/** Returns so many trades in ledger order. */
export function writeTrades(count: number, seed: number): WrittenTrade[] {
  const random = randomNumbers(seed);
  let held = 0;
  return Array.from({ length: count }, (_, index) => {
    const size = 1 + Math.floor(random() * EIGHTHS_MAX);
    const isBuy = random() < BUYS_SHARE || held === 0;
    const eighths = isBuy ? size : Math.min(size, held);
    held += isBuy ? eighths : -eighths;
    return {
      id: `${seed}-${index}`,
      type: isBuy ? "buy" : "sell",
      orderSequence: index + 1,
      tradedAt: FIRST_TRADE_AT_MS + index * BETWEEN_TRADES_MS,
      quantity: String(eighths / 8),
      price: (20 + random() * 400).toFixed(2),
      fees: (random() * 10).toFixed(2),
      currency: "USD",
    };
  });
}

/** Returns the trade as the matcher takes it. */
export function exactTrade(written: WrittenTrade): LedgerTransaction {
  const { id, type, orderSequence, tradedAt, currency } = written;
  const amounts = {
    quantity: quantity(written.quantity),
    price: price(written.price),
    fees: money(written.fees),
  };
  return { id, type, orderSequence, tradedAt, ...amounts, currency };
}

/** Returns the trade in another kind of number. */
export function tradeIn<N>(written: WrittenTrade, read: (text: string) => N): InNumber<LedgerTransaction, N> {
  const { id, type, orderSequence, tradedAt, currency } = written;
  const amounts = {
    quantity: read(written.quantity),
    price: read(written.price),
    fees: read(written.fees),
  };
  return { id, type, orderSequence, tradedAt, ...amounts, currency };
}
