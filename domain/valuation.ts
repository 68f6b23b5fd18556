/*
 * What positions are worth at a price.
 *
 * Prices never touch lots, so a tick is valued from four numbers of the holding. For a live stream: keep the
 * valuations of a portfolio in an array, replace the one whose price moved (`valuePosition`), and add up again
 * (`totalOf`): sums of whole numbers, some hundred nanoseconds per position. Weights are divisions and change
 * for every position at every tick, so they are worked out when a row is written (`weightOf`).
 *
 * Nothing is made up: a position without a quote has no market value and is left out of the sums that need
 * one, and an amount in another currency is never added as if it were the base currency. Both are reported.
 *
 * Example: 70 shares that cost 11,000, at 180 after a close of 178: market value 12,600, unrealized 1,600,
 * which is 14.5454545455 percent, and 140 up on the day.
 */
import {
  add,
  magnitude,
  type Money,
  multiplyUnits,
  percentage,
  type Price,
  ratio,
  subtract,
  ZERO_MONEY,
} from "./amounts.ts";
import type { Holding } from "./holding.ts";

/** The figures of a holding that its value depends on. */
export type HoldingFigures = Pick<
  Holding,
  "currency" | "quantity" | "unit" | "costBasis" | "realizedGain" | "base"
>;

/** A price of an instrument in its own currency. */
export interface Quote {
  readonly price: Price;
  /** Close of the previous session; absent when there is none, as on the first day. */
  readonly previousClose?: Price | undefined;
}

/** One position at a price, in its own currency. Figures that need a quote are undefined without one. */
export interface Valuation extends HoldingFigures {
  /** Negative for a short position. Zero, with or without a quote, when nothing is held. */
  readonly marketValue: Money | undefined;
  readonly unrealizedGain: Money | undefined;
  /** Units: percent of |cost basis|, 10 decimals; undefined also when the cost is zero. */
  readonly unrealizedGainPercent: string | undefined;
  /** quantity × (price − previous close); undefined without a previous close. */
  readonly dayChange: Money | undefined;
}

/** The positions of a portfolio added up, in its base currency. */
export interface Totals {
  /** Sum over the positions that have a quote. */
  readonly marketValue: Money;
  /** Sum of |market value|: the whole that weights are shares of. */
  readonly grossMarketValue: Money;
  /** Sum over all positions, priced or not. */
  readonly costBasis: Money;
  /** Sum over the positions that have a quote. */
  readonly unrealizedGain: Money;
  /** Units: percent of the sum of |cost basis| of the positions that have a quote, 10 decimals. */
  readonly unrealizedGainPercent: string | undefined;
  /** Of positions in other currencies too, at the rates of their openings and closings. */
  readonly realizedGain: Money;
  /** Sum over the positions that have a previous close. */
  readonly dayChange: Money;
  /** Currencies other than the base whose positions are in the realized gain at most. Shape: sorted, unique, may be empty. */
  readonly missingRates: readonly string[];
  /** Number of positions that hold something and have no quote, in any currency. */
  readonly unpriced: number;
}

/** Returns the position's value at the quote. */
export function valuePosition(position: {
  readonly holding: HoldingFigures;
  readonly quote?: Quote | undefined;
}): Valuation {
  const { holding, quote } = position;
  const { currency, quantity, unit = 1n, costBasis, realizedGain, base } = holding;
  const figures = {
    currency,
    quantity,
    ...(unit === 1n ? {} : { unit }),
    costBasis,
    realizedGain,
    ...(base === undefined ? {} : { base }),
  };
  if (quantity === 0n) {
    return {
      ...figures,
      marketValue: ZERO_MONEY,
      unrealizedGain: ZERO_MONEY,
      unrealizedGainPercent: undefined,
      dayChange: ZERO_MONEY,
    };
  }
  if (quote === undefined) {
    return {
      ...figures,
      marketValue: undefined,
      unrealizedGain: undefined,
      unrealizedGainPercent: undefined,
      dayChange: undefined,
    };
  }
  const marketValue = multiplyUnits(quantity, unit, quote.price);
  const unrealizedGain = subtract(marketValue, costBasis);
  const unrealizedGainPercent = percentage(unrealizedGain, magnitude(costBasis));
  const dayChange =
    quote.previousClose === undefined
      ? undefined
      : multiplyUnits(quantity, unit, subtract(quote.price, quote.previousClose));
  return { ...figures, marketValue, unrealizedGain, unrealizedGainPercent, dayChange };
}

/** Returns the sums over a portfolio's positions. Shape: `valuations` in any order; may be empty. */
export function totalOf(valuations: readonly Valuation[], baseCurrency: string): Totals {
  let marketValue = ZERO_MONEY;
  let grossMarketValue = ZERO_MONEY;
  let costBasis = ZERO_MONEY;
  let pricedCost = ZERO_MONEY;
  let unrealizedGain = ZERO_MONEY;
  let realizedGain = ZERO_MONEY;
  let dayChange = ZERO_MONEY;
  let unpriced = 0;
  const missingRates = new Set<string>();
  for (const valuation of valuations) {
    if (valuation.marketValue === undefined) unpriced += 1;
    if (valuation.currency === undefined) continue;
    if (valuation.currency !== baseCurrency) {
      // What was realized has its rates; what is held would need today's.
      if (valuation.base !== undefined) realizedGain = add(realizedGain, valuation.base.realizedGain);
      if (valuation.base === undefined || valuation.quantity !== 0n) missingRates.add(valuation.currency);
      continue;
    }
    costBasis = add(costBasis, valuation.costBasis);
    realizedGain = add(realizedGain, valuation.realizedGain);
    dayChange = add(dayChange, valuation.dayChange ?? ZERO_MONEY);
    if (valuation.marketValue === undefined) continue;
    marketValue = add(marketValue, valuation.marketValue);
    grossMarketValue = add(grossMarketValue, magnitude(valuation.marketValue));
    pricedCost = add(pricedCost, magnitude(valuation.costBasis));
    unrealizedGain = add(unrealizedGain, valuation.unrealizedGain ?? ZERO_MONEY);
  }
  return {
    marketValue,
    grossMarketValue,
    costBasis,
    unrealizedGain,
    unrealizedGainPercent: percentage(unrealizedGain, pricedCost),
    realizedGain,
    dayChange,
    missingRates: [...missingRates].toSorted(),
    unpriced,
  };
}

/**
 * Returns the position's share of the portfolio, |market value| / sum of |market value|, or undefined when it
 * has no market value, is in another currency than the totals, or nothing is worth anything.
 *
 * Units: a fraction of 1, 10 decimals.
 */
export function weightOf(valuation: Valuation, totals: Totals): string | undefined {
  if (valuation.marketValue === undefined) return undefined;
  if (valuation.currency !== undefined && totals.missingRates.includes(valuation.currency)) return undefined;
  return ratio(magnitude(valuation.marketValue), totals.grossMarketValue);
}
