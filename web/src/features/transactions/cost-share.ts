import { formatDecimal, parseDecimal } from "#domain/decimal.ts";

/** A part of a whole is a fraction on the wire; companies and people name it in per cent. */

export type CostShareUnit = "percent" | "fraction";

/** Digits of a fraction behind the point. */
const SCALE = 18;

/** Returns the fraction of 0 to 1, or undefined where the text is none, or is finer than a fraction can be. */
export function toFraction(text: string, unit: CostShareUnit): string | undefined {
  // A percentage is the same digits two places on.
  const units = parseDecimal(text.trim(), unit === "percent" ? SCALE - 2 : SCALE);
  if (units === undefined || units < 0n || units > 10n ** BigInt(SCALE)) return undefined;
  return formatDecimal(units, SCALE);
}

/** The fraction in per cent: "0.125" is "12.5". Shape: `fraction` is a decimal of at most 18 decimals. */
export function toPercent(fraction: string): string {
  const units = parseDecimal(fraction, SCALE);
  return units === undefined ? fraction : formatDecimal(units, SCALE - 2);
}

/** What of the cost is left: "0.2" leaves "0.8". */
export function restOf(fraction: string): string {
  return formatDecimal(10n ** BigInt(SCALE) - (parseDecimal(fraction, SCALE) ?? 0n), SCALE);
}

/** Returns so much of an amount, to the last digit. Shape: both are decimals, the fraction of at most 18 decimals. */
export function shareOf(amount: string, fraction: string): string {
  const units = (parseDecimal(amount, AMOUNT_SCALE) ?? 0n) * (parseDecimal(fraction, SCALE) ?? 0n);
  return formatDecimal(units, AMOUNT_SCALE + SCALE);
}

/** Computed amounts carry more digits than typed ones. */
const AMOUNT_SCALE = 40;
