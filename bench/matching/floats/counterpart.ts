import type { Counterpart } from "../counterpart.ts";
import { applyTrade, closeHolding, judgeTrade, type OpenHolding, openHolding } from "./match-lots.ts";
import { compareLots } from "./tax-lot.ts";

/** Floats, as a program would read them from text and write them again. */
export const FLOATS: Counterpart<number, OpenHolding> = {
  zero: 0,
  read: Number,
  write: String,
  add: (a, b) => a + b,
  isZero: (value) => value === 0,
  cashOf({ type, quantity, price, fees }) {
    const gross = quantity * price;
    return type === "buy" ? -(gross + fees) : gross - fees;
  },
  compareLots,
  openHolding,
  closeHolding,
  judgeTrade,
  applyTrade,
};
