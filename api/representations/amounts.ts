import { formatQuantity, roundMoney, roundQuantity, type Money, type Quantity } from "#domain/amounts.ts";
import { roundDecimal } from "#domain/decimal.ts";

/** Decimals of computed figures on the wire. Source: docs/accounting, "Rounding". */
const QUANTITY_DECIMALS = 12;
const MONEY_DECIMALS = 8;
const UNIT_PRICE_DECIMALS = 10;
const PERCENT_DECIMALS = 4;

/** A quantity that is counted in 1e-18 / `unit`; what is a decimal of its own keeps all its digits. */
export function toQuantity(value: Quantity, unit = 1n): string {
  return unit === 1n ? formatQuantity(value) : roundQuantity(value, QUANTITY_DECIMALS, unit);
}

export function toMoney(value: Money): string {
  return roundMoney(value, MONEY_DECIMALS);
}

export function toMoneyOrNull(value: Money | undefined): string | null {
  return value === undefined ? null : toMoney(value);
}

/** The same from the text that is stored. */
export function toMoneyText(stored: string): string {
  return roundDecimal(stored, MONEY_DECIMALS);
}

export function toUnitPrice(value: Money): string {
  return roundMoney(value, UNIT_PRICE_DECIMALS);
}

export function toPercent(value: string | undefined): string | null {
  return value === undefined ? null : roundDecimal(value, PERCENT_DECIMALS);
}
