import type { PositionRow } from "#adapters/postgres/derived-reads.ts";
import { isStale } from "#adapters/quotes/look-up.ts";
import type { Quote } from "#adapters/ports.ts";
import type { Totals } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import {
  divide,
  formatQuantity,
  magnitude,
  money,
  price,
  quantity,
  roundMoney,
  type Money,
} from "#domain/amounts.ts";
import { roundDecimal } from "#domain/decimal.ts";
import { totalOf, valuePosition, weightOf, type Valuation } from "#domain/valuation.ts";

/** Decimals of computed figures on the wire. Source: docs/accounting, "Rounding". */
export const MONEY_DECIMALS = 8;
export const UNIT_PRICE_DECIMALS = 10;
const PERCENT_DECIMALS = 4;

/** A position with its figures read, so that a tick costs no parsing. */
export interface Held {
  readonly symbol: string;
  readonly row: PositionRow;
  readonly holding: Parameters<typeof valuePosition>[0]["holding"];
  readonly quote: Quote | undefined;
  readonly valuation: Valuation;
}

/** Values a position. A quote in another currency than the position's is no price for it. */
export function hold(row: PositionRow, quote: Quote | undefined): Held {
  return revalue(
    {
      symbol: row.symbol,
      row,
      holding: {
        currency: row.currency,
        quantity: quantity(row.quantity),
        costBasis: money(row.cost_basis),
        realizedGain: money(row.realized_gain),
      },
    },
    quote,
  );
}

export function revalue(position: Pick<Held, "symbol" | "row" | "holding">, quote: Quote | undefined): Held {
  const usable = quote?.currency === position.row.currency ? quote : undefined;
  const { symbol, row, holding } = position;
  const valuation = valuePosition({
    holding,
    quote:
      usable === undefined
        ? undefined
        : {
            price: price(usable.price),
            previousClose: usable.previousClose === undefined ? undefined : price(usable.previousClose),
          },
  });
  return { symbol, row, holding, quote: usable, valuation };
}

export type DomainTotals = ReturnType<typeof totalOf>;

export function totalsOf(held: readonly Held[], baseCurrency: string): DomainTotals {
  return totalOf(
    held.map((position) => position.valuation),
    baseCurrency,
  );
}

export function toTotals(held: readonly Held[], totals: DomainTotals, nowMs: number): Totals {
  const priced = held.flatMap((position) =>
    position.quote === undefined || position.valuation.quantity === 0n ? [] : [position.quote],
  );
  const oldest = priced.reduce<string | null>(
    (asOf, quote) => (asOf === null || quote.asOf < asOf ? quote.asOf : asOf),
    null,
  );
  return {
    marketValue: toMoney(totals.marketValue),
    costBasis: toMoney(totals.costBasis),
    unrealizedGain: toMoney(totals.unrealizedGain),
    unrealizedGainPercent: toPercent(totals.unrealizedGainPercent),
    realizedGain: toMoney(totals.realizedGain),
    dayChange: toMoney(totals.dayChange),
    asOf: oldest,
    stale: priced.some((quote) => isStale(quote, nowMs)),
    unpriced: totals.unpriced,
    missingRates: [...totals.missingRates],
  };
}

export function toPosition(held: Held, totals: DomainTotals, nowMs: number): Position {
  const { valuation, quote, row } = held;
  const weight = weightOf(valuation, totals);
  return {
    symbol: held.symbol,
    currency: row.currency,
    quantity: formatQuantity(valuation.quantity),
    costBasis: toMoney(valuation.costBasis),
    averageCost:
      valuation.quantity === 0n
        ? null
        : roundMoney(
            divide(magnitude(valuation.costBasis), magnitude(valuation.quantity)),
            UNIT_PRICE_DECIMALS,
          ),
    realizedGain: toMoney(valuation.realizedGain),
    fees: roundDecimal(row.fees, MONEY_DECIMALS),
    price: quote?.price ?? null,
    priceAsOf: quote?.asOf ?? null,
    stale: quote !== undefined && isStale(quote, nowMs),
    marketValue: toMoneyOrNull(valuation.marketValue),
    unrealizedGain: toMoneyOrNull(valuation.unrealizedGain),
    unrealizedGainPercent: toPercent(valuation.unrealizedGainPercent),
    dayChange: toMoneyOrNull(valuation.dayChange),
    weight: toPercent(weight),
  };
}

/** Open positions only: closed ones live on in the totals. */
export function isOpen(held: Held): boolean {
  return held.valuation.quantity !== 0n;
}

export function toMoney(value: Money): string {
  return roundMoney(value, MONEY_DECIMALS);
}

function toMoneyOrNull(value: Money | undefined): string | null {
  return value === undefined ? null : toMoney(value);
}

function toPercent(value: string | undefined): string | null {
  return value === undefined ? null : roundDecimal(value, PERCENT_DECIMALS);
}
