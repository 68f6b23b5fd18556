import type { PositionRow } from "#adapters/postgres/derived-reads.ts";
import { isStale } from "#adapters/quotes/look-up.ts";
import type { Quote } from "#adapters/ports.ts";
import type { Totals } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import { divide, magnitude, money, price, quantity, ZERO_MONEY, type Money } from "#domain/amounts.ts";
import { totalOf, valuePosition, weightOf, type Valuation } from "#domain/valuation.ts";
import { toMoney, toMoneyOrNull, toMoneyText, toPercent, toQuantity, toUnitPrice } from "./amounts.ts";

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
        unit: BigInt(row.unit),
        costBasis: money(row.cost_basis),
        realizedGain: money(row.realized_gain),
        base: baseFiguresOf(row),
      },
    },
    quote,
  );
}

function baseFiguresOf(row: PositionRow): Held["holding"]["base"] {
  const { base_cost_basis, base_realized_gain, exchange_gain } = row;
  if (base_cost_basis === null || base_realized_gain === null || exchange_gain === null) return undefined;
  return {
    costBasis: money(base_cost_basis),
    realizedGain: money(base_realized_gain),
    exchangeGain: money(exchange_gain),
  };
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
  const { valuation, quote } = held;
  return {
    ...factsOf(held),
    price: quote?.price ?? null,
    priceAsOf: quote?.asOf ?? null,
    stale: quote !== undefined && isStale(quote, nowMs),
    marketValue: toMoneyOrNull(valuation.marketValue),
    unrealizedGain: toMoneyOrNull(valuation.unrealizedGain),
    unrealizedGainPercent: toPercent(valuation.unrealizedGainPercent),
    dayChange: toMoneyOrNull(valuation.dayChange),
    weight: toPercent(weightOf(valuation, totals)),
  };
}

/** What of a position follows from its row alone. */
type Facts = Pick<
  Position,
  | "symbol"
  | "currency"
  | "quantity"
  | "costBasis"
  | "averageCost"
  | "realizedGain"
  | "income"
  | "fees"
  | "base"
>;

/** Written once for each row that is read and not at every tick, of which it would be the greater part. */
const factsByRow = new WeakMap<PositionRow, Facts>();

function factsOf({ symbol, row, valuation }: Held): Facts {
  const known = factsByRow.get(row);
  if (known !== undefined) return known;
  const facts = {
    symbol,
    currency: row.currency,
    quantity: toQuantity(valuation.quantity, valuation.unit),
    costBasis: toMoney(valuation.costBasis),
    averageCost: averageCostOf(valuation),
    realizedGain: toMoney(valuation.realizedGain),
    income: toMoneyText(row.income),
    fees: toMoneyText(row.fees),
    base: {
      currency: row.base_currency,
      costBasis: toMoney(valuation.base?.costBasis ?? valuation.costBasis),
      realizedGain: toMoney(valuation.base?.realizedGain ?? valuation.realizedGain),
      exchangeGain: toMoney(valuation.base?.exchangeGain ?? ZERO_MONEY),
    },
  };
  factsByRow.set(row, facts);
  return facts;
}

/** Open positions only: closed ones live on in the totals. */
export function isOpen(held: Held): boolean {
  return held.valuation.quantity !== 0n;
}

function averageCostOf({ quantity: held, unit = 1n, costBasis }: Valuation): string | null {
  if (held === 0n) return null;
  return toUnitPrice(divide((magnitude(costBasis) * unit) as Money, magnitude(held)));
}
