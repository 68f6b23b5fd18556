import {
  compare,
  least,
  minus,
  negative,
  ONE,
  over,
  plus,
  read,
  times,
  total,
  ZERO,
  type Fraction,
} from "./fraction.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A lot, or under average cost the pool. Negative quantity and cost: short. */
export interface Lot {
  id: string;
  account: string;
  instrument: string;
  opened: number;
  seq: number;
  quantity: Fraction;
  cost: Fraction;
  baseCost: Fraction;
}

/** One lot's part in a closing. */
export interface Sale {
  readonly trade: string;
  readonly lot: Lot;
  readonly quantity: Fraction;
  readonly proceeds: Fraction;
  readonly cost: Fraction;
  readonly baseProceeds: Fraction;
  readonly baseCost: Fraction;
  readonly rate: Fraction;
}

/** All that the engine knows. */
export interface Books {
  readonly options: Fields;
  lots: Lot[];
  /** Under which name a sale is reported, when it is not that of its lot. */
  readonly renamed: Map<string, string>;
  readonly sales: Sale[];
  readonly currencies: Map<string, string>;
  readonly cash: Map<string, Fraction>;
  /** By account and instrument, as `fees`. */
  readonly income: Map<string, { gross: Fraction; tax: Fraction }>;
  readonly interest: Map<string, Fraction>;
  readonly expenses: Map<string, Fraction>;
  readonly fees: Map<string, Fraction>;
  readonly rejected: string[];
}

/** The options of an account: its own, in `options.accounts`, or those that all have in common. */
export function optionsOf(books: Books, owner: string): Fields {
  const own = books.options["accounts"] as Readonly<Record<string, Fields>> | undefined;
  return own?.[owner] ?? books.options;
}

/** Leaves a transaction that is not applied. */
export class Refused extends Error {}

/** Which lots, and how much of each, in the order of the method. */
export function choose(held: readonly Lot[], wanted: Fraction, method: string): [Lot, Fraction][] {
  const unit = (lot: Lot) => over(lot.cost, lot.quantity);
  const oldest = (a: Lot, b: Lot) => a.opened - b.opened || a.seq - b.seq;
  const order = held.toSorted((a, b) => {
    if (method === "lifo") return oldest(b, a);
    return (method === "hifo" ? compare(unit(b), unit(a)) : 0) || oldest(a, b);
  });
  const chosen: [Lot, Fraction][] = [];
  let left = wanted;
  for (const lot of order) {
    const size = compare(lot.quantity, ZERO) < 0 ? negative(lot.quantity) : lot.quantity;
    const taken = least(left, size);
    if (compare(taken, ZERO) <= 0) break;
    chosen.push([lot, taken]);
    left = minus(left, taken);
  }
  return chosen;
}

export function picksOf(
  books: Books,
  each: Fields,
  held: readonly Lot[],
  quantity: Fraction,
): [Lot, Fraction][] | undefined {
  const named = each["lots"] as readonly Fields[] | undefined;
  if (named === undefined || named.length === 0) return undefined;
  refuseIf(optionsOf(books, account(each))["method"] === "average");
  const left = new Map(
    held.map((lot) => [lot.id, lot.quantity.top < 0n ? negative(lot.quantity) : lot.quantity]),
  );
  const picks = named.map((pick): [Lot, Fraction] => {
    const lot = held.find(({ id }) => id === pick["lot"]);
    if (lot === undefined) throw new Refused();
    const wanted = amount(pick, "quantity");
    const rest = minus(left.get(lot.id)!, wanted);
    refuseIf(compare(wanted, ZERO) <= 0 || compare(rest, ZERO) < 0);
    left.set(lot.id, rest);
    return [lot, wanted];
  });
  refuseIf(compare(total(picks.map(([, taken]) => taken)), quantity) !== 0);
  return picks;
}

/** Opens a lot; it joins the pool, or the rest of itself. */
export function add(books: Books, lot: Lot): void {
  const there = holding(books, lot.account, lot.instrument);
  const isPool = optionsOf(books, lot.account)["method"] === "average";
  const twin = isPool ? there[0] : there.find(({ id }) => id === lot.id);
  if (twin === undefined) {
    books.lots.push(lot);
    return;
  }
  twin.quantity = plus(twin.quantity, lot.quantity);
  twin.cost = plus(twin.cost, lot.cost);
  twin.baseCost = plus(twin.baseCost, lot.baseCost);
}

/** Takes lots out without a gain, and returns them: first in first out under every method. */
export function takeOut(books: Books, each: Fields, from: string): Lot[] {
  const quantity = amount(each, "quantity");
  const held = holding(books, from, text(each, "instrument"));
  refuseIf(compare(quantity, ZERO) <= 0);
  refuseIf(compare(total(held.map((lot) => lot.quantity)), quantity) < 0);
  const picks = picksOf(books, each, held, quantity) ?? choose(held, quantity, "fifo");
  const taken = picks.map(([lot, part]) => {
    const portion = over(part, lot.quantity);
    const moved = {
      ...lot,
      quantity: part,
      cost: times(lot.cost, portion),
      baseCost: times(lot.baseCost, portion),
    };
    lot.quantity = minus(lot.quantity, part);
    lot.cost = minus(lot.cost, moved.cost);
    lot.baseCost = minus(lot.baseCost, moved.baseCost);
    return moved;
  });
  sweep(books);
  return taken;
}

/** 2.1 (8): base units of the account per unit of the currency; 1 where no base currency is asked for. */
export function rateOf(books: Books, each: Fields, at: number, owner = account(each)): Fraction {
  const { base_currency: base, fx } = optionsOf(books, owner);
  const currency = text(each, "currency");
  if (base === undefined || base === currency) return ONE;
  if (each["fx_rate"] !== undefined) return amount(each, "fx_rate");
  const table = (fx as Record<string, Record<string, string>> | undefined)?.[currency] ?? {};
  const day = new Date(at).toISOString().slice(0, 10);
  const last = Object.keys(table)
    .filter((date) => date <= day)
    .toSorted()
    .at(-1);
  if (last === undefined) throw new Refused();
  return read(table[last]!);
}

/** The lots that a corporate action concerns: of all accounts, unless it is `only` one account's. */
export function concerned(books: Books, each: Fields, instrument: string): Lot[] {
  const only = each["only"];
  return books.lots.filter(
    (lot) => lot.instrument === instrument && (only === undefined || lot.account === only),
  );
}

/** 2.1 (2): one currency per instrument. */
export function checkCurrency(books: Books, each: Fields): string {
  const known = books.currencies.get(text(each, "instrument"));
  const currency = each["currency"] === undefined ? known : text(each, "currency");
  refuseIf(known !== undefined && currency !== known);
  return currency ?? "";
}

export function holding(books: Books, owner: string, name: string): Lot[] {
  return books.lots.filter((lot) => lot.account === owner && lot.instrument === name);
}

export function sweep(books: Books): void {
  books.lots = books.lots.filter((lot) => lot.quantity.top !== 0n);
}

export function place(each: Fields) {
  const instrument = text(each, "instrument");
  return {
    id: text(each, "id"),
    account: account(each),
    instrument,
    opened: timeOf(each),
    seq: Number(each["seq"]),
  };
}

export function enter(book: Map<string, Fraction>, key: string, value: Fraction): void {
  book.set(key, plus(book.get(key) ?? ZERO, value));
}

export function refuseIf(condition: boolean): void {
  if (condition) throw new Refused();
}

export function ratioOf(each: Fields): Fraction {
  const [newer = "", older = ""] = text(each, "ratio").split(":");
  refuseIf(compare(read(newer), ZERO) <= 0 || compare(read(older), ZERO) <= 0);
  return over(read(newer), read(older));
}

export const pair = (owner: string, currency: string) => JSON.stringify([owner, currency]);

export const timeOf = (each: Fields) => Date.parse(text(each, "time"));

export const account = (each: Fields) => text(each, "account", "main");

export function amount(each: Fields, field: string, absent?: string): Fraction {
  return read(text(each, field, absent));
}

export function text(each: Fields, field: string, absent?: string): string {
  const value = each[field] ?? absent;
  if (typeof value !== "string") throw new Error(`${field} is not text`);
  return value;
}
