import type { Counterpart } from "../counterpart.ts";
import { Decimal34, ZERO } from "./decimal.ts";
import { applyTrade, closeHolding, judgeTrade, type OpenHolding, openHolding } from "./match-lots.ts";
import { compareLots } from "./tax-lot.ts";

/** Decimals of 34 digits, read from text and written as it. */
export const DECIMALS: Counterpart<Decimal34, OpenHolding> = {
  zero: ZERO,
  read: (text) => new Decimal34(text),
  write: (value) => value.toFixed(),
  add: (a, b) => a.plus(b),
  isZero: (value) => value.isZero(),
  cashOf({ type, quantity, price, fees }) {
    const gross = quantity.times(price);
    return type === "buy" ? gross.plus(fees).neg() : gross.minus(fees);
  },
  compareLots,
  openHolding,
  closeHolding,
  judgeTrade,
  applyTrade,
};
