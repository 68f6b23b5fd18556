import { compare, type Fraction, minus, over, print, times, total, ZERO } from "./fraction.ts";
import type { Books, Lot, Sale } from "./books.ts";

/** What the simple engine says, under the keys of a vector's `expected` and printed as they are. */
export type Answer = Readonly<Record<string, unknown>>;

/** Returns what the books say. */
export function answer(books: Books, duplicates: readonly string[]): Answer {
  const isBase = books.options["base_currency"] !== undefined;
  const isPool = books.options["method"] === "average";
  const lots = books.lots.toSorted(
    (a, b) =>
      text(a.account, b.account) || text(a.instrument, b.instrument) || a.opened - b.opened || a.seq - b.seq,
  );
  return {
    open_lots: lots.map((lot) => ({
      account: lot.account,
      instrument: lot.instrument,
      lot: isPool ? null : lot.id,
      opened: isPool ? null : new Date(lot.opened).toISOString(),
      quantity: print(lot.quantity, 12),
      cost: print(lot.cost, 8),
      unit_cost: print(over(lot.cost, lot.quantity), 10),
      ...(isBase && { base_cost: print(lot.baseCost, 8) }),
    })),
    disposals: books.sales.map((sale) => saleRow(sale, isBase, isPool)),
    positions: positionRows(books, lots, isBase),
    realized: realizedRows(books, isBase),
    income: rows(books.income).map(([instrument, { gross, tax }]) => ({
      instrument,
      currency: books.currencies.get(instrument),
      dividends: print(gross, 8),
      withheld: print(tax, 8),
    })),
    interest: amounts(books.interest),
    expenses: amounts(books.expenses),
    trade_fees: rows(books.fees)
      .filter(([, fees]) => fees.top !== 0n)
      .map(([instrument, fees]) => ({
        instrument,
        currency: books.currencies.get(instrument),
        fees: print(fees, 8),
      })),
    cash: rows(books.cash).map(([key, balance]) => {
      const [account, currency] = JSON.parse(key) as [string, string];
      return { account, currency, balance: print(balance, 8) };
    }),
    rejected: books.rejected,
    duplicates,
  };
}

function saleRow(sale: Sale, isBase: boolean, isPool: boolean): Answer {
  return {
    trade: sale.trade,
    lot: isPool ? null : sale.lot.id,
    account: sale.lot.account,
    instrument: sale.lot.instrument,
    side: sale.lot.quantity.top > 0n ? "long" : "short",
    quantity: print(sale.quantity, 12),
    proceeds: print(sale.proceeds, 8),
    cost: print(sale.cost, 8),
    gain: print(gainOf(sale), 8),
    ...(isBase && {
      base_proceeds: print(sale.baseProceeds, 8),
      base_cost: print(sale.baseCost, 8),
      base_gain: print(baseGainOf(sale), 8),
      fx_gain: print(exchangeGainOf(sale), 8),
    }),
  };
}

function positionRows(books: Books, lots: readonly Lot[], isBase: boolean): Answer[] {
  const groups = Map.groupBy(lots, (lot) => JSON.stringify([lot.account, lot.instrument]));
  return [...groups.values()].map((group) => {
    const [quantity, cost] = [total(group.map((lot) => lot.quantity)), total(group.map((lot) => lot.cost))];
    const { account, instrument } = group[0]!;
    return {
      account,
      instrument,
      currency: books.currencies.get(instrument),
      quantity: print(quantity, 12),
      cost_basis: print(cost, 8),
      average_cost: print(over(cost, quantity), 10),
      ...(isBase && { base_cost_basis: print(total(group.map((lot) => lot.baseCost)), 8) }),
    };
  });
}

function realizedRows(books: Books, isBase: boolean): Answer[] {
  const groups = new Map<string, Sale[]>();
  for (const [index, sale] of books.sales.entries()) {
    const instrument = books.renamed.get(String(index)) ?? sale.lot.instrument;
    groups.set(instrument, [...(groups.get(instrument) ?? []), sale]);
  }
  return rows(groups).map(([instrument, sales]) => ({
    instrument,
    currency: books.currencies.get(instrument),
    gain: print(total(sales.map(gainOf)), 8),
    ...(isBase && {
      base_gain: print(total(sales.map(baseGainOf)), 8),
      fx_gain: print(total(sales.map(exchangeGainOf)), 8),
    }),
  }));
}

const gainOf = (sale: Sale) => minus(sale.proceeds, sale.cost);
const baseGainOf = (sale: Sale) => minus(sale.baseProceeds, sale.baseCost);
const exchangeGainOf = (sale: Sale) => minus(baseGainOf(sale), times(gainOf(sale), sale.rate));

function rows<Value>(book: ReadonlyMap<string, Value>): [string, Value][] {
  return [...book].toSorted(([a], [b]) => text(a, b));
}

function amounts(book: ReadonlyMap<string, Fraction>): Answer {
  const nonZero = rows(book).filter(([, value]) => compare(value, ZERO) !== 0);
  return Object.fromEntries(nonZero.map(([currency, value]) => [currency, print(value, 8)]));
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
