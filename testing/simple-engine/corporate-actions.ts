import { compare, least, minus, negative, ONE, over, plus, times, total, ZERO } from "./fraction.ts";
import {
  type Fields,
  type Books,
  choose,
  add,
  rateOf,
  checkCurrency,
  holding,
  enter,
  refuseIf,
  ratioOf,
  pair,
  timeOf,
  account,
  amount,
  text,
} from "./books.ts";

export function split(books: Books, each: Fields): void {
  const ratio = ratioOf(each);
  for (const lot of books.lots) {
    if (lot.instrument === text(each, "instrument")) lot.quantity = times(lot.quantity, ratio);
  }
}

export function returnCapital(books: Books, each: Fields): void {
  const value = amount(each, "amount");
  refuseIf(compare(value, ZERO) <= 0);
  const currency = checkCurrency(books, each);
  const held = holding(books, account(each), text(each, "instrument"));
  const shares = total(held.map((lot) => lot.quantity));
  refuseIf(compare(shares, ZERO) <= 0);
  const rate = rateOf(books, each, timeOf(each));
  for (const [lot] of choose(held, shares, String(books.options["method"]))) {
    const share = over(times(value, lot.quantity), shares);
    const cost = least(share, lot.cost);
    const baseCost = compare(lot.cost, ZERO) === 0 ? lot.baseCost : over(times(lot.baseCost, cost), lot.cost);
    const before = { ...lot };
    const sale = { trade: text(each, "id"), lot: before, quantity: ZERO, proceeds: share, cost };
    books.sales.push({ ...sale, baseProceeds: times(share, rate), baseCost, rate });
    lot.cost = minus(lot.cost, cost);
    lot.baseCost = minus(lot.baseCost, baseCost);
  }
  enter(books.cash, pair(account(each), currency), value);
}

export function spinOff(books: Books, each: Fields): void {
  const [ratio, share] = [ratioOf(each), amount(each, "cost_share")];
  const [from, to] = conversion(books, each);
  refuseIf(compare(share, ZERO) < 0 || compare(share, ONE) > 0);
  for (const lot of books.lots.filter(({ instrument }) => instrument === from)) {
    const [cost, baseCost] = [times(lot.cost, share), times(lot.baseCost, share)];
    lot.cost = minus(lot.cost, cost);
    lot.baseCost = minus(lot.baseCost, baseCost);
    add(books, { ...lot, instrument: to, quantity: times(lot.quantity, ratio), cost, baseCost });
  }
  if (books.currencies.has(from)) books.currencies.set(to, books.currencies.get(from)!);
}

export function merge(books: Books, each: Fields): void {
  const ratio = ratioOf(each);
  const [from, to] = conversion(books, each);
  const currency = books.currencies.get(from);
  if (currency === undefined) return;
  const held = books.lots.filter(({ instrument }) => instrument === from);
  const cash = each["cash_per_share"] === undefined ? undefined : amount(each, "cash_per_share");
  const share = cash === undefined ? ZERO : amount(each, "cash_cost_share");
  refuseIf(
    compare(share, ZERO) < 0 || compare(share, ONE) > 0 || (cash !== undefined && compare(cash, ZERO) < 0),
  );
  if (cash !== undefined) checkCurrency(books, each);
  const rate = cash === undefined || held.length === 0 ? ZERO : rateOf(books, each, timeOf(each));
  books.lots = books.lots.filter(({ instrument }) => instrument !== from);
  const order = held.toSorted(
    (a, b) =>
      (a.account < b.account ? -1 : a.account > b.account ? 1 : 0) || a.opened - b.opened || a.seq - b.seq,
  );
  for (const lot of order) {
    const [sold, baseSold] = [times(lot.cost, share), times(lot.baseCost, share)];
    if (cash !== undefined) {
      const paid = times(lot.quantity, cash);
      const isLong = compare(lot.quantity, ZERO) > 0;
      const long = { proceeds: paid, cost: sold, baseProceeds: times(paid, rate), baseCost: baseSold };
      const short = {
        proceeds: negative(sold),
        cost: negative(paid),
        baseProceeds: negative(baseSold),
        baseCost: times(negative(paid), rate),
      };
      books.sales.push({
        trade: text(each, "id"),
        lot: { ...lot },
        quantity: ZERO,
        rate,
        ...(isLong ? long : short),
      });
      enter(books.cash, pair(lot.account, currency), paid);
    }
    const rest = { cost: minus(lot.cost, sold), baseCost: minus(lot.baseCost, baseSold) };
    add(books, { ...lot, instrument: to, quantity: times(lot.quantity, ratio), ...rest });
  }
  books.currencies.set(to, currency);
}

export function rename(books: Books, each: Fields): void {
  const [from, to] = conversion(books, each);
  if (!books.currencies.has(from)) return;
  books.currencies.set(to, books.currencies.get(from)!);
  const moved = books.lots.filter(({ instrument }) => instrument === from);
  books.lots = books.lots.filter(({ instrument }) => instrument !== from);
  for (const lot of moved.toSorted((a, b) => a.opened - b.opened || a.seq - b.seq))
    add(books, { ...lot, instrument: to });
  for (const [old, name] of books.renamed) if (name === from) books.renamed.set(old, to);
  for (const [index, sale] of books.sales.entries()) {
    const key = String(index);
    if (!books.renamed.has(key) && sale.lot.instrument === from) books.renamed.set(key, to);
  }
  const paid = books.income.get(from);
  if (paid !== undefined) {
    const before = books.income.get(to) ?? { gross: ZERO, tax: ZERO };
    books.income.set(to, { gross: plus(before.gross, paid.gross), tax: plus(before.tax, paid.tax) });
    books.income.delete(from);
  }
  enter(books.fees, to, books.fees.get(from) ?? ZERO);
  books.fees.delete(from);
}

/** From which instrument to which; refused when it is the same, or they cannot stand side by side. */
function conversion(books: Books, each: Fields): [string, string] {
  const [from, to] = [text(each, "instrument"), text(each, "to_instrument")];
  refuseIf(from === to);
  const [a, b] = [books.currencies.get(from), books.currencies.get(to)];
  refuseIf(a !== undefined && b !== undefined && a !== b);
  for (const lot of books.lots.filter(({ instrument }) => instrument === from)) {
    const other = holding(books, lot.account, to);
    refuseIf(other.some(({ quantity }) => compare(times(quantity, lot.quantity), ZERO) < 0));
  }
  return [from, to];
}
