import { money, type Money, MONEY_SCALE, RATIO_SCALE } from "#domain/amounts.ts";
import { type DayNumber, parseDayNumber } from "#domain/day-number.ts";
import { roundDecimal } from "#domain/decimal.ts";
import { PURE_SCALE, pureNumber, type PureNumber, roundPureNumber } from "#domain/pure-number.ts";

/** Returns the amount, or `undefined` when the field is no decimal. Decimals beyond the 36th are rounded. */
export function moneyIn(field: unknown): Money | undefined {
  const text = decimalText(field);
  return text === undefined ? undefined : money(roundDecimal(text, MONEY_SCALE));
}

/** Returns the number, or `undefined` when the field is no decimal. Decimals beyond the 80th are rounded. */
export function pureNumberIn(field: unknown): PureNumber | undefined {
  const text = decimalText(field);
  return text === undefined ? undefined : pureNumber(roundDecimal(text, PURE_SCALE));
}

/** Returns the numbers of a list, or `undefined` when it is no list of decimals. */
export function pureNumbersIn(field: unknown): PureNumber[] | undefined {
  if (!Array.isArray(field)) return undefined;
  const numbers = field.map(pureNumberIn);
  return numbers.every((each) => each !== undefined) ? numbers : undefined;
}

/** Returns the day, or `undefined` when the field is no calendar date. */
export function dayIn(field: unknown): DayNumber | undefined {
  return typeof field === "string" ? parseDayNumber(field) : undefined;
}

/** Returns the number as vectors print rates, returns, ratios and weights. */
export function printed(value: PureNumber | null): string | null {
  return value === null ? null : roundPureNumber(value, RATIO_SCALE);
}

// Parameters such as a confidence level may be JSON numbers; amounts are text.
function decimalText(field: unknown): string | undefined {
  const text = typeof field === "number" ? String(field) : field;
  return typeof text === "string" && /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
}
