/*
 * A second ledger, written from ACCOUNTING.md alone and as simply as it can be: one list of lots, exact
 * fractions, every transaction in the order of processing, one sort for every sale. Slow, without state to
 * continue from, and with nothing in common with the domain: where the two differ, one of them is wrong.
 *
 * It reads the transactions of a vector file (and of the types that have no vector, see read-transactions.ts)
 * and answers in the words of `expected`. Signs: a short lot has a negative quantity and cost, so that adding
 * up needs no cases.
 */
import {
  compare,
  least,
  minus,
  negative,
  over,
  plus,
  times,
  total,
  ZERO,
  type Fraction,
} from "./fraction.ts";
import {
  type Fields,
  type Lot,
  type Books,
  Refused,
  choose,
  optionsOf,
  picksOf,
  place,
  add,
  takeOut,
  rateOf,
  checkCurrency,
  holding,
  sweep,
  enter,
  refuseIf,
  pair,
  timeOf,
  account,
  amount,
  text,
} from "./books.ts";
import { type Answer, answer } from "./answer.ts";
import { merge, rename, returnCapital, spinOff, split } from "./corporate-actions.ts";

/** Returns what follows from the transactions, whatever order they are in. */
export function simpleLedger(transactions: readonly Fields[], options: Fields): Answer {
  const books: Books = {
    options,
    lots: [],
    renamed: new Map(),
    sales: [],
    currencies: new Map(),
    cash: new Map(),
    income: new Map(),
    interest: new Map(),
    expenses: new Map(),
    fees: new Map(),
    rejected: [],
  };
  const known = new Set<string>();
  const duplicates: string[] = [];
  const first: Fields[] = [];
  for (const each of transactions) {
    const id = text(each, "id");
    if (known.has(id)) duplicates.push(id);
    else first.push(each);
    known.add(id);
  }
  const ordered = first.toSorted((a, b) => timeOf(a) - timeOf(b) || Number(a["seq"]) - Number(b["seq"]));
  for (const each of ordered) {
    try {
      process(books, each);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      books.rejected.push(text(each, "id"));
    }
  }
  return answer(books, duplicates);
}

function process(books: Books, each: Fields): void {
  const type = text(each, "type");
  if (type === "buy" || type === "sell") trade(books, each, type === "buy");
  else if (type === "split") split(books, each);
  else if (type === "dividend") dividend(books, each);
  else if (["interest", "fee", "tax", "deposit", "withdrawal"].includes(type)) money(books, each, type);
  else if (type === "transfer" && each["instrument"] === undefined) moveMoney(books, each);
  else if (type === "transfer") transfer(books, each);
  else if (type === "transfer_in") deliver(books, each);
  else if (type === "transfer_out") takeOut(books, each, account(each));
  else if (type === "return_of_capital") returnCapital(books, each);
  else if (type === "spin_off") spinOff(books, each);
  else if (type === "merger") merge(books, each);
  else if (type === "symbol_change") rename(books, each);
  else throw new Refused();
}

// 2.1 (3), (4), (5), (6): a trade closes first, then opens with the rest.
function trade(books: Books, each: Fields, isBuy: boolean): void {
  const quantity = amount(each, "quantity");
  const price = amount(each, "price");
  const fees = amount(each, "fees", "0");
  refuseIf(compare(quantity, ZERO) <= 0 || compare(price, ZERO) < 0 || compare(fees, ZERO) < 0);
  const currency = checkCurrency(books, each);
  const held = holding(books, account(each), text(each, "instrument"));
  const against = total(held.map((lot) => lot.quantity));
  const available = isBuy ? negative(against) : against;
  const options = optionsOf(books, account(each));
  refuseIf(!isBuy && compare(quantity, available) > 0 && options["allow_short"] !== true);
  const picks = picksOf(books, each, held, quantity);
  refuseIf(picks !== undefined && compare(available, ZERO) <= 0);
  const rate = rateOf(books, each, timeOf(each));
  const closing = compare(available, ZERO) <= 0 ? ZERO : least(quantity, available);
  // What one share costs, or brings in, with its part of the fee.
  const each1 = isBuy ? plus(price, over(fees, quantity)) : minus(price, over(fees, quantity));
  for (const [lot, taken] of picks ?? choose(held, closing, String(options["method"]))) {
    close(books, each, { lot, taken, perShare: each1, rate });
  }
  const opening = minus(quantity, closing);
  if (compare(opening, ZERO) > 0) {
    const signed = isBuy ? opening : negative(opening);
    const cost = times(signed, each1);
    add(books, { ...place(each), quantity: signed, cost, baseCost: times(cost, rate) });
  }
  books.currencies.set(text(each, "instrument"), currency);
  const gross = times(quantity, price);
  const isTracked = options["track_cash"] !== false;
  if (isTracked)
    enter(books.cash, pair(account(each), currency), minus(isBuy ? negative(gross) : gross, fees));
  enter(books.fees, pair(account(each), text(each, "instrument")), fees);
}

function close(
  books: Books,
  each: Fields,
  { lot, taken, perShare, rate }: { lot: Lot; taken: Fraction; perShare: Fraction; rate: Fraction },
): void {
  const isLong = compare(lot.quantity, ZERO) > 0;
  const portion = over(taken, isLong ? lot.quantity : negative(lot.quantity));
  const ofLot = times(lot.cost, portion);
  const baseOfLot = times(lot.baseCost, portion);
  const ofTrade = times(taken, perShare);
  const before = { ...lot };
  lot.quantity = minus(lot.quantity, times(lot.quantity, portion));
  lot.cost = minus(lot.cost, ofLot);
  lot.baseCost = minus(lot.baseCost, baseOfLot);
  books.sales.push({
    trade: text(each, "id"),
    lot: before,
    quantity: taken,
    proceeds: isLong ? ofTrade : negative(ofLot),
    cost: isLong ? ofLot : ofTrade,
    baseProceeds: isLong ? times(ofTrade, rate) : negative(baseOfLot),
    baseCost: isLong ? baseOfLot : times(ofTrade, rate),
    rate,
  });
  sweep(books);
}

function dividend(books: Books, each: Fields): void {
  const gross =
    each["amount"] === undefined
      ? times(amount(each, "quantity"), amount(each, "price"))
      : amount(each, "amount");
  const [tax, fees] = [amount(each, "tax", "0"), amount(each, "fees", "0")];
  refuseIf(compare(tax, ZERO) < 0 || compare(fees, ZERO) < 0);
  const currency = checkCurrency(books, each);
  const instrument = text(each, "instrument");
  books.currencies.set(instrument, currency);
  const payer = pair(account(each), instrument);
  const before = books.income.get(payer) ?? { gross: ZERO, tax: ZERO };
  books.income.set(payer, { gross: plus(before.gross, gross), tax: plus(before.tax, tax) });
  enter(books.cash, pair(account(each), currency), minus(gross, plus(tax, fees)));
}

function money(books: Books, each: Fields, type: string): void {
  const [value, currency] = [amount(each, "amount"), text(each, "currency")];
  refuseIf((type === "deposit" || type === "withdrawal") && compare(value, ZERO) <= 0);
  const comesIn = type === "interest" || type === "deposit";
  enter(books.cash, pair(account(each), currency), comesIn ? value : negative(value));
  if (type === "interest") enter(books.interest, currency, value);
  if (type === "fee") enter(books.expenses, currency, value);
}

function moveMoney(books: Books, each: Fields): void {
  const [value, currency] = [amount(each, "amount"), text(each, "currency")];
  refuseIf(compare(value, ZERO) <= 0 || account(each) === text(each, "to_account"));
  enter(books.cash, pair(account(each), currency), negative(value));
  enter(books.cash, pair(text(each, "to_account"), currency), value);
}

function transfer(books: Books, each: Fields): void {
  const fees = amount(each, "fees", "0");
  const [from, to, instrument] = [account(each), text(each, "to_account"), text(each, "instrument")];
  refuseIf(from === to || compare(fees, ZERO) < 0);
  const currency = checkCurrency(books, each);
  refuseIf(holding(books, to, instrument).some((lot) => compare(lot.quantity, ZERO) < 0));
  // A cost in another base currency means nothing in the destination: it is valued at the transfer's rate.
  const [base, toBase] = [from, to].map((owner) => optionsOf(books, owner)["base_currency"]);
  const rate = base === toBase ? undefined : rateOf(books, { ...each, currency }, timeOf(each), to);
  for (const lot of takeOut(books, each, from)) {
    add(books, { ...lot, account: to, ...(rate !== undefined && { baseCost: times(lot.cost, rate) }) });
  }
  if (compare(fees, ZERO) === 0) return;
  enter(books.cash, pair(from, currency), negative(fees));
  enter(books.expenses, currency, fees);
}

function deliver(books: Books, each: Fields): void {
  const quantity = amount(each, "quantity");
  refuseIf(compare(quantity, ZERO) <= 0);
  const cost = each["cost"] === undefined ? times(quantity, amount(each, "price")) : amount(each, "cost");
  refuseIf(compare(cost, ZERO) < 0);
  const currency = checkCurrency(books, each);
  const here = holding(books, account(each), text(each, "instrument"));
  refuseIf(here.some((lot) => compare(lot.quantity, ZERO) < 0));
  const opened = each["acquired"] === undefined ? timeOf(each) : Date.parse(text(each, "acquired"));
  const rate = rateOf(books, each, opened);
  add(books, { ...place(each), opened, quantity, cost, baseCost: times(cost, rate) });
  books.currencies.set(text(each, "instrument"), currency);
}
