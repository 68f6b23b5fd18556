import { compare, least, minus, negative, ONE, over, plus, times, total, ZERO } from "./fraction.ts";
import {
  type Fields,
  type Books,
  choose,
  concerned,
  add,
  rateOf,
  checkCurrency,
  holding,
  enter,
  optionsOf,
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
  for (const [lot] of choose(held, shares, String(optionsOf(books, account(each))["method"]))) {
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
  for (const lot of concerned(books, each, from)) {
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
  const held = concerned(books, each, from);
  const cash = each["cash_per_share"] === undefined ? undefined : amount(each, "cash_per_share");
  const share = cash === undefined ? ZERO : amount(each, "cash_cost_share");
  refuseIf(
    compare(share, ZERO) < 0 || compare(share, ONE) > 0 || (cash !== undefined && compare(cash, ZERO) < 0),
  );
  if (cash !== undefined) checkCurrency(books, each);
  const rate = cash === undefined || held.length === 0 ? ZERO : rateOf(books, each, timeOf(each));
  books.lots = books.lots.filter((lot) => !held.includes(lot));
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
  const moved = concerned(books, each, from);
  books.lots = books.lots.filter((lot) => !moved.includes(lot));
  for (const lot of moved.toSorted((a, b) => a.opened - b.opened || a.seq - b.seq))
    add(books, { ...lot, instrument: to });
  const isConcerned = (owner: string) => each["only"] === undefined || each["only"] === owner;
  for (const [index, sale] of books.sales.entries()) {
    const key = String(index);
    const name = books.renamed.get(key) ?? sale.lot.instrument;
    if (name === from && isConcerned(sale.lot.account)) books.renamed.set(key, to);
  }
  for (const [payer, paid] of [...books.income]) {
    const [owner, name] = JSON.parse(payer) as [string, string];
    if (name !== from || !isConcerned(owner)) continue;
    const before = books.income.get(pair(owner, to)) ?? { gross: ZERO, tax: ZERO };
    books.income.set(pair(owner, to), {
      gross: plus(before.gross, paid.gross),
      tax: plus(before.tax, paid.tax),
    });
    books.income.delete(payer);
  }
  for (const [payer, fees] of [...books.fees]) {
    const [owner, name] = JSON.parse(payer) as [string, string];
    if (name !== from || !isConcerned(owner)) continue;
    enter(books.fees, pair(owner, to), fees);
    books.fees.delete(payer);
  }
}

/** From which instrument to which; refused when it is the same, or they cannot stand side by side. */
function conversion(books: Books, each: Fields): [string, string] {
  const [from, to] = [text(each, "instrument"), text(each, "to_instrument")];
  refuseIf(from === to);
  const [a, b] = [books.currencies.get(from), books.currencies.get(to)];
  refuseIf(a !== undefined && b !== undefined && a !== b);
  for (const lot of concerned(books, each, from)) {
    const other = holding(books, lot.account, to);
    refuseIf(other.some(({ quantity }) => compare(times(quantity, lot.quantity), ZERO) < 0));
  }
  return [from, to];
}
