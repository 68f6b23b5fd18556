import type { LotRow } from "#adapters/postgres/derived-reads.ts";
import { isStale } from "#adapters/quotes/look-up.ts";
import type { Quote } from "#adapters/ports.ts";
import type { Harvest, HarvestQuery } from "#contracts/planning.ts";
import { money, negate, price } from "#domain/amounts.ts";
import { harvestOf, type CurrencyHarvest, type LosingLot, type PricedHolding } from "#domain/harvest.ts";
import { invariant } from "#domain/invariant.ts";
import { taxLotOf } from "#use-cases/stored-figures.ts";
import { toMoney } from "./amounts.ts";
import { toLot } from "./lot.ts";

const LIMIT_DEFAULT = 100;

/** What is less than the last decimal that is shown is no loss: it would read as one of 0. */
const SMALLEST_LOSS = money("0.00000001");

interface HarvestContext {
  readonly filters: HarvestQuery;
  /** By symbol. One in another currency than the position's is no price for it. */
  readonly quotes: ReadonlyMap<string, Quote>;
  readonly nowMs: number;
}

/** Shape: `rows` are all open lots of the portfolio, those of one instrument beside each other. */
export function toHarvest(rows: readonly LotRow[], context: HarvestContext): Omit<Harvest, "sequence"> {
  const { filters, quotes, nowMs } = context;
  const today = new Date(nowMs).toISOString().slice(0, "YYYY-MM-DD".length);
  const minLoss = money(filters.minLoss ?? "0");
  const { currencies, unpriced } = harvestOf({
    holdings: [...Map.groupBy(rows, (row) => row.symbol).values()].map((lots) => pricedHolding(lots, quotes)),
    today,
    term: filters.term,
    minLoss: minLoss > SMALLEST_LOSS ? minLoss : SMALLEST_LOSS,
  });
  const rowOf = new Map(rows.map((row) => [lotName(row.symbol, row.id), row]));
  return {
    items: largest(currencies, filters.limit ?? LIMIT_DEFAULT).map((losing) => {
      const row = rowOf.get(lotName(losing.instrument, losing.lot.id));
      const quote = quotes.get(losing.instrument);
      invariant(row !== undefined && quote !== undefined, `a loss of nothing: lot ${losing.lot.id}`);
      return toItem(losing, row, { quote, today, nowMs });
    }),
    totals: currencies.map(({ currency, totals: { short, long, all } }) => ({
      currency,
      shortTerm: toMoney(short.loss),
      longTerm: toMoney(long.loss),
      total: toMoney(all.loss),
    })),
    unpriced: unpriced.length,
  };
}

function pricedHolding(rows: readonly LotRow[], quotes: ReadonlyMap<string, Quote>): PricedHolding {
  const [row] = rows;
  invariant(row !== undefined, "a holding without lots");
  const { symbol, currency, portfolio_id: account, lot_method: method } = row;
  const quote = quotes.get(symbol);
  const usable = quote?.currency === currency ? price(quote.price) : undefined;
  return { account, instrument: symbol, currency, method, lots: rows.map(taxLotOf), price: usable };
}

/**
 * The largest losses of each currency, currency by currency. What is 100 in one may be more than 1,000 in another, so
 * the room there is goes to the largest of each, then to the second of each, and so on.
 */
function largest(currencies: readonly CurrencyHarvest[], limit: number): LosingLot[] {
  const ranked = currencies.flatMap(({ lots }) => lots.map((lot, rank) => ({ lot, rank })));
  const shown = new Set(
    ranked
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, limit)
      .map(({ lot }) => lot),
  );
  return currencies.flatMap(({ lots }) => lots.filter((lot) => shown.has(lot)));
}

/** Amounts are signed as those of a lot are: what a short one is worth is owed. */
function toItem(
  { lot, value, loss, longTermFrom }: LosingLot,
  row: LotRow,
  { quote, today, nowMs }: { quote: Quote; today: string; nowMs: number },
): Harvest["items"][number] {
  return {
    lot: toLot(row, { quote, today }),
    currency: row.currency,
    price: quote.price,
    priceAsOf: quote.asOf,
    stale: isStale(quote, nowMs),
    marketValue: toMoney(lot.side === "long" ? value : negate(value)),
    loss: toMoney(loss),
    longTermFrom: longTermFrom ?? null,
  };
}

function lotName(symbol: string, id: string): string {
  return `${symbol} ${id}`;
}
