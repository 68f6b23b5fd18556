import type { Money } from "../amounts.ts";
import { type PureNumber, quotientOf } from "../pure-number.ts";

/** How far a portfolio is concentrated in few holdings. */
export interface Concentration {
  /** Share of each group, of its value without sign. Shape: adds up to 1; empty when there is nothing. */
  readonly weights: ReadonlyMap<string, PureNumber>;
  /** Herfindahl–Hirschman index: sum of the squared weights, 1 when everything is in one. */
  readonly index: PureNumber | null;
  /** How many equally large holdings would be as concentrated. */
  readonly effectiveNumber: PureNumber | null;
}

/**
 * Returns the concentration of holdings by group: an instrument, a sector, a currency, as the caller says.
 *
 * Values of one group are added up, long and short against each other, before their signs are dropped. Index
 * and effective number are `null` when nothing is held.
 *
 * Shape: values in one currency; cash is not a holding.
 * Source: Hirschman, "The Paternity of an Index", American Economic Review 54 (1964).
 * Example: weights 0.4, 0.25, 0.15, 0.1 and 0.1 have an index of 0.265, like 3.77 equal holdings.
 */
export function concentrationOf(
  holdings: readonly { readonly group: string; readonly value: Money }[],
): Concentration {
  const values = new Map<string, bigint>();
  for (const { group, value } of holdings) values.set(group, (values.get(group) ?? 0n) + value);
  const magnitudes = [...values].map(([group, value]) => [group, value < 0n ? -value : value] as const);
  const total = magnitudes.reduce((sum, [, each]) => sum + each, 0n);
  if (total === 0n) return { weights: new Map(), index: null, effectiveNumber: null };
  const sumOfSquares = magnitudes.reduce((sum, [, each]) => sum + each * each, 0n);
  return {
    weights: new Map(magnitudes.map(([group, each]) => [group, quotientOf(each, total)])),
    index: quotientOf(sumOfSquares, total * total),
    effectiveNumber: quotientOf(total * total, sumOfSquares),
  };
}
