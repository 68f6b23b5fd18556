import { compare, type Fraction, minus, over, plus, print, times, total, ZERO } from "./fraction.ts";
import { optionsOf, type Books, type Lot, type Sale } from "./books.ts";

/** What the simple engine says, under the keys of a vector's `expected` and printed as they are. */
export type Answer = Readonly<Record<string, unknown>>;

/** Returns what the books say. */
export function answer(books: Books, duplicates: readonly string[]): Answer {
  const isBase = (owner: string) => optionsOf(books, owner)["base_currency"] !== undefined;
  const isPool = (owner: string) => optionsOf(books, owner)["method"] === "average";
  const lots = books.lots.toSorted(
    (a, b) =>
      text(a.account, b.account) || text(a.instrument, b.instrument) || a.opened - b.opened || a.seq - b.seq,
  );
  return {
    open_lots: lots.map((lot) => ({
      account: lot.account,
      instrument: lot.instrument,
      lot: isPool(lot.account) ? null : lot.id,
      opened: isPool(lot.account) ? null : new Date(lot.opened).toISOString(),
      quantity: print(lot.quantity, 12),
      cost: print(lot.cost, 8),
      unit_cost: print(over(lot.cost, lot.quantity), 10),
      ...(isBase(lot.account) && { base_cost: print(lot.baseCost, 8) }),
    })),
    disposals: books.sales.map((sale) => saleRow(sale, isBase(sale.lot.account), isPool(sale.lot.account))),
    positions: positionRows(books, lots, isBase),
    realized: realizedRows(books, isBase),
    ...(books.options["accounts"] !== undefined && { earned: earnedRows(books) }),
    income: perInstrument(books.income).map(([instrument, paid]) => ({
      instrument,
      currency: books.currencies.get(instrument),
      dividends: print(total(paid.map(({ gross }) => gross)), 8),
      withheld: print(total(paid.map(({ tax }) => tax)), 8),
    })),
    interest: amounts(books.interest),
    expenses: amounts(books.expenses),
    trade_fees: perInstrument(books.fees)
      .map(([instrument, fees]) => [instrument, total(fees)] as const)
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

function positionRows(books: Books, lots: readonly Lot[], isBase: (owner: string) => boolean): Answer[] {
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
      ...(isBase(account) && { base_cost_basis: print(total(group.map((lot) => lot.baseCost)), 8) }),
    };
  });
}

function realizedRows(books: Books, isBase: (owner: string) => boolean): Answer[] {
  const groups = Map.groupBy(
    books.sales,
    (sale) => books.renamed.get(String(books.sales.indexOf(sale))) ?? sale.lot.instrument,
  );
  return rows(groups).map(([instrument, sales]) => ({
    instrument,
    currency: books.currencies.get(instrument),
    gain: print(total(sales.map(gainOf)), 8),
    ...(sales.some((sale) => isBase(sale.lot.account)) && {
      base_gain: print(total(sales.map(baseGainOf)), 8),
      fx_gain: print(total(sales.map(exchangeGainOf)), 8),
    }),
  }));
}

/** What each account gained and was paid, by the instruments' last names; nothing of what is all zero. */
function earnedRows(books: Books): Answer[] {
  const figures = new Map<string, Fraction[]>();
  const enter = (key: string, place: number, value: Fraction) => {
    const row = figures.get(key) ?? Array.from({ length: EARNED.length }, () => ZERO);
    row[place] = plus(row[place]!, value);
    figures.set(key, row);
  };
  for (const [index, sale] of books.sales.entries()) {
    const name = books.renamed.get(String(index)) ?? sale.lot.instrument;
    const key = JSON.stringify([sale.lot.account, name]);
    for (const [place, of] of [gainOf, baseGainOf, exchangeGainOf].entries()) enter(key, place, of(sale));
  }
  for (const [key, { gross, tax }] of books.income) {
    enter(key, 3, gross);
    enter(key, 4, tax);
  }
  for (const [key, fees] of books.fees) enter(key, 5, fees);
  return rows(figures)
    .filter(([, row]) => row.some((value) => value.top !== 0n))
    .map(([key, row]) => {
      const [account, instrument] = JSON.parse(key) as [string, string];
      return {
        account,
        instrument,
        ...Object.fromEntries(EARNED.map((name, place) => [name, print(row[place]!, 8)])),
      };
    });
}

const EARNED = ["gain", "base_gain", "fx_gain", "dividends", "withheld", "fees"] as const;

const gainOf = (sale: Sale) => minus(sale.proceeds, sale.cost);
const baseGainOf = (sale: Sale) => minus(sale.baseProceeds, sale.baseCost);
const exchangeGainOf = (sale: Sale) => minus(baseGainOf(sale), times(gainOf(sale), sale.rate));

function rows<Value>(book: ReadonlyMap<string, Value>): [string, Value][] {
  return [...book].toSorted(([a], [b]) => text(a, b));
}

/** The entries of all accounts together, of each instrument. */
function perInstrument<Value>(book: ReadonlyMap<string, Value>): [string, Value[]][] {
  const groups = Map.groupBy(book, ([key]) => (JSON.parse(key) as [string, string])[1]);
  return rows(new Map([...groups].map(([name, entries]) => [name, entries.map(([, value]) => value)])));
}

function amounts(book: ReadonlyMap<string, Fraction>): Answer {
  const nonZero = rows(book).filter(([, value]) => compare(value, ZERO) !== 0);
  return Object.fromEntries(nonZero.map(([currency, value]) => [currency, print(value, 8)]));
}

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
