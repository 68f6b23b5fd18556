import type { TradeWords } from "./trader.ts";

const FIRST_MS = Date.UTC(2000, 0, 1);
const BETWEEN_MS = 60_000;

/** Trades of one instrument, a minute apart, of which none sells more than is held. The same in every run. */
export function longHistory(length: number): TradeWords[] {
  let state = 1;
  // A linear congruential generator.
  const next = (limit: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % limit;
  let held = 0;
  return Array.from({ length }, (_, index) => {
    const quantity = 1 + next(50);
    const isSale = held > quantity && next(2) === 0;
    held += isSale ? -quantity : quantity;
    return {
      type: isSale ? "sell" : "buy",
      quantity: String(quantity),
      price: `${10 + next(90)}.${10 + next(89)}`,
      fees: next(4) === 0 ? "1" : "0",
      at: new Date(FIRST_MS + index * BETWEEN_MS).toISOString(),
    };
  });
}
