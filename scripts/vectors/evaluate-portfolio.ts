/*
 * Kind `portfolio`: transactions and market prices in, daily values, returns, risk and concentration out.
 *
 * The ledger is continued from one valuation day to the next and valued at the last known prices and rates.
 * Deposits, withdrawals and deliveries are external flows, valued at the prices and rates of the valuation day
 * that they belong to: the first on or after them.
 */
import {
  add,
  magnitude,
  type Money,
  multiplyByRate,
  multiplyUnits,
  type Price,
  roundMoney,
  subtract,
  ZERO_MONEY,
} from "#domain/amounts.ts";
import { parseDayNumber } from "#domain/day-number.ts";
import { applyToLedger } from "#domain/ledger/apply-to-ledger.ts";
import { EMPTY_LEDGER, type Ledger, type LedgerResult } from "#domain/ledger/ledger.ts";
import type { Transaction } from "#domain/ledger/transaction-types.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import type { ValuationRow } from "#domain/returns/time-weighted-return.ts";
import { returnsOf } from "#domain/returns/time-weighted-return.ts";
import { concentrationOf } from "#domain/risk/concentration.ts";
import { dailyFigures } from "./evaluate-daily.ts";
import { refusedRows } from "./evaluate-lots.ts";
import { readRiskAssumptions, riskRecord } from "./evaluate-risk.ts";
import { printed } from "./read-numbers.ts";
import { lastUpTo, type RateTable, type VectorOptions } from "./read-options.ts";
import type { VectorTransactions } from "./read-transactions.ts";
import type { VectorRecord } from "./read-vector.ts";

/** Returns the series and its figures, under the keys of a vector's `expected`. */
export function evaluatePortfolio(
  read: VectorTransactions,
  { rules }: VectorOptions,
  record: VectorRecord,
): Result<VectorRecord, string> {
  const assumptions = readRiskAssumptions(record);
  if (!assumptions.ok) return assumptions;
  const market = new Market(record);
  const rows: DayRow[] = [];
  const outcomes: LedgerResult["outcomes"][number][] = [];
  let ledger: Ledger = EMPTY_LEDGER;
  let waiting = read.transactions;
  try {
    for (const date of market.dates) {
      const due = waiting.filter((transaction) => utcDate(transaction.tradedAt) <= date);
      waiting = waiting.slice(due.length);
      const result = applyToLedger(ledger, due, () => rules);
      ledger = result.ledger;
      outcomes.push(...result.outcomes);
      rows.push(dayRow(date, result, due, market));
    }
  } catch (error) {
    if (error instanceof UnpricedError) return refuse(error.message);
    throw error;
  }
  const rest = applyToLedger(ledger, waiting, () => rules);
  outcomes.push(...rest.outcomes);
  const { returns, ...figures } = dailyFigures(rows);
  const known = returnsOf(rows).filter((each) => each !== null);
  return ok({
    daily: rows.map((row, index) => ({
      date: row.date,
      value: roundMoney(row.value, 8),
      cash: roundMoney(row.cash, 8),
      invested: roundMoney(subtract(row.value, row.cash), 8),
      inflow: roundMoney(row.inflow, 8),
      outflow: roundMoney(row.outflow, 8),
      return: returns[index],
    })),
    ...figures,
    risk: riskRecord(known, assumptions.value),
    rejected: refusedRows(read, { ...rest, outcomes }),
    hhi: concentrationOn(rows.at(-1)?.holdings ?? []),
  });
}

interface DayRow extends ValuationRow {
  readonly date: string;
  readonly cash: Money;
  readonly holdings: readonly { readonly group: string; readonly value: Money }[];
}

function dayRow(date: string, result: LedgerResult, due: readonly Transaction[], market: Market): DayRow {
  const { ledger } = result;
  const holdings = ledger.holdings
    .filter(({ holding }) => holding.quantity !== 0n)
    .map(({ instrument, holding }) => {
      const worth = multiplyUnits(holding.quantity, holding.unit ?? 1n, market.priceOn(instrument, date));
      return { group: instrument, value: market.inBase(worth, holding.currency ?? "", date) };
    });
  const cash = sum(ledger.cash.map(({ balance, currency }) => market.inBase(balance, currency, date)));
  const day = parseDayNumber(date);
  if (day === undefined) throw new UnpricedError(`${date} is not a date`);
  const value = add(cash, sum(holdings.map((holding) => holding.value)));
  return { date, day, value, cash, holdings, ...externalFlows(date, result, due, market) };
}

function externalFlows(
  date: string,
  result: LedgerResult,
  due: readonly Transaction[],
  market: Market,
): { inflow: Money; outflow: Money } {
  const matched = new Set(
    result.outcomes.flatMap((each) => (each.status === "matched" ? [each.transactionId] : [])),
  );
  const currencies = new Map(result.ledger.instruments.map((row) => [row.instrument, row.currency]));
  let [inflow, outflow] = [ZERO_MONEY, ZERO_MONEY];
  for (const transaction of due) {
    if (!matched.has(transaction.id)) continue;
    if (transaction.type === "deposit" || transaction.type === "withdrawal") {
      const amount = market.inBase(transaction.amount, transaction.currency, date);
      if (transaction.type === "deposit") inflow = add(inflow, amount);
      else outflow = add(outflow, amount);
    }
    if (transaction.type === "transfer-in" || transaction.type === "transfer-out") {
      const { instrument, quantity } = transaction;
      const worth = multiplyUnits(quantity, 1n, market.priceOn(instrument, date));
      const amount = market.inBase(worth, currencies.get(instrument) ?? "", date);
      if (transaction.type === "transfer-in") inflow = add(inflow, amount);
      else outflow = add(outflow, amount);
    }
  }
  return { inflow, outflow };
}

/** Prices and rates of a vector. What it does not know cannot be valued. */
class Market {
  readonly dates: readonly string[];
  readonly #baseCurrency: unknown;
  readonly #prices: RateTable;
  readonly #rates: RateTable;

  constructor(record: VectorRecord) {
    this.dates = record["dates"] as readonly string[];
    this.#baseCurrency = record["base_currency"];
    this.#prices = (record["prices"] ?? {}) as RateTable;
    this.#rates = (record["fx"] ?? {}) as RateTable;
  }

  priceOn(instrument: string, date: string): Price {
    return known(lastUpTo(this.#prices[instrument], date), `no price of ${instrument} on ${date}`);
  }

  inBase(amount: Money, currency: string, date: string): Money {
    if (amount === 0n || currency === this.#baseCurrency) return amount;
    const rate = lastUpTo(this.#rates[currency], date);
    return multiplyByRate(amount, known(rate, `no rate of ${currency} on ${date}`));
  }
}

/** Leaves a valuation that needs a price or rate that the vector does not have. */
class UnpricedError extends Error {}

function known(value: Price | undefined, otherwise: string): Price {
  if (value === undefined) throw new UnpricedError(otherwise);
  return value;
}

function concentrationOn(holdings: DayRow["holdings"]): string | null {
  const isWorthless = holdings.every(({ value }) => magnitude(value) === 0n);
  return isWorthless ? null : printed(concentrationOf(holdings).index);
}

function utcDate(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function sum(amounts: readonly Money[]): Money {
  return amounts.reduce(add, ZERO_MONEY);
}
