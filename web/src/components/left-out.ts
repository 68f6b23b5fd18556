import type { Totals } from "#contracts/portfolios.ts";
import { signOf } from "./decimal.ts";

/** What the totals do not count, in a sentence each; empty when they count everything. */
export function leftOut({ unpriced, missingRates }: Totals): string[] {
  return [
    ...(unpriced > 0
      ? [
          unpriced === 1
            ? "1 position has no price: left out"
            : `${unpriced} positions have no price: left out`,
        ]
      : []),
    ...(missingRates.length > 0 ? [`No exchange rate for ${missingRates.join(", ")}: left out`] : []),
  ];
}

/**
 * Why there is no value at all: nothing held could be valued. A plain zero would claim that the holdings are worth nothing.
 * Undefined where the figures stand.
 */
export const whyNoValue = (totals: Totals): string | undefined =>
  signOf(totals.marketValue) === 0 && leftOut(totals).length > 0
    ? "Nothing held here has a price in the base currency, so this figure cannot be worked out."
    : undefined;
