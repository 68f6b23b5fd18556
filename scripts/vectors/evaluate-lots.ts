/*
 * Kind `lots`: the state that the domain derives from a vector's transactions, in the vector's words.
 *
 * Rounding happens here and nowhere before: quantities 12 decimals, money 8, unit prices 10, half to even.
 * Sums are rounded after adding up.
 */
import { createHash } from "node:crypto";
import {
  add,
  divide,
  type Money,
  multiplyByRate,
  negate,
  price,
  type Quantity,
  roundMoney,
  roundQuantity,
  subtract,
  ZERO_MONEY,
} from "#domain/amounts.ts";
import type { BaseFigures } from "#domain/holding.ts";
import { replayLedger } from "#domain/ledger/apply-to-ledger.ts";
import type { AccountDisposal, AccountHolding, LedgerResult } from "#domain/ledger/ledger.ts";
import { oldestFirst } from "#domain/lot-order.ts";
import { compareText } from "#domain/ledger/open-ledger.ts";
import { remainingBaseCost, remainingCost, unitCost } from "#domain/tax-lot.ts";
import { compareLedgerOrder } from "#domain/transaction.ts";
import { valuePosition } from "#domain/valuation.ts";
import type { VectorOptions } from "./read-options.ts";
import type { VectorTransactions } from "./read-transactions.ts";
import type { VectorRecord } from "./read-vector.ts";

/** Above this number of rows, `disposals` is left out and only counted and fingerprinted. */
const DISPOSAL_ROWS_MAX = 400;

/** Prices to value positions at, and the day of the rates for them. */
export interface VectorMarket {
  readonly prices: Readonly<Record<string, string>>;
  readonly asof: string | undefined;
}

/** Returns the state after the transactions, under the keys of a vector's `expected`. */
export function evaluateLots(
  read: VectorTransactions,
  options: VectorOptions,
  market: VectorMarket,
): VectorRecord {
  const { rules } = options;
  const result = replayLedger(read.transactions, () => rules);
  const { holdings, income, cash, cashEntries } = result.ledger;
  const disposals = disposalRows(result.disposals, options);
  const closed = closedInstruments(read, result);
  return {
    open_lots: holdings.flatMap((row) => openLotRows(row, options)),
    ...(disposals.length <= DISPOSAL_ROWS_MAX && { disposals }),
    positions: holdings.flatMap((row) => positionRow(row, options, market)),
    realized: perInstrument(holdings.filter((row) => closed.has(row.instrument))).map(realizedRow),
    income: perInstrument(income).map((rows) => ({
      instrument: rows[0].instrument,
      currency: rows[0].currency,
      dividends: roundMoney(
        sumOf(rows, (row) => row.dividends),
        8,
      ),
      withheld: roundMoney(
        sumOf(rows, (row) => row.withheld),
        8,
      ),
    })),
    interest: totalsByCurrency(cashEntries, (row) => row.interest),
    expenses: totalsByCurrency(cashEntries, (row) => row.expenses),
    trade_fees: perInstrument(holdings.filter((row) => row.holding.fees !== 0n)).map((rows) => ({
      instrument: rows[0].instrument,
      currency: rows[0].holding.currency,
      fees: roundMoney(
        sumOf(rows, (row) => row.holding.fees),
        8,
      ),
    })),
    cash: cash.map(({ account, currency, balance }) => ({
      account,
      currency,
      balance: roundMoney(balance, 8),
    })),
    rejected: refusedRows(read, result),
    duplicates: read.duplicates,
    disposals_sha256: fingerprintOf(disposals),
    disposal_count: disposals.length,
  };
}

/** The instruments that anything was ever closed of, by the names they have in the end. */
function closedInstruments(read: VectorTransactions, { disposals, outcomes }: LedgerResult): Set<string> {
  const closing = Map.groupBy(disposals, (disposal) => disposal.id);
  const matched = new Set(
    outcomes.flatMap((each) => (each.status === "matched" ? [each.transactionId] : [])),
  );
  const closed = new Set<string>();
  for (const transaction of read.transactions) {
    for (const { instrument } of closing.get(transaction.id) ?? []) closed.add(instrument);
    if (transaction.type !== "symbol-change" || !matched.has(transaction.id)) continue;
    if (closed.delete(transaction.instrument)) closed.add(transaction.toInstrument);
  }
  return closed;
}

/** What was not applied, in ledger order, in the vectors' spelling; also what only needs attention. */
export function refusedRows(read: VectorTransactions, { outcomes }: LedgerResult): VectorRecord[] {
  const reasons = new Map<string, string>(read.unknown.map(({ id }) => [id, "unknown-type"]));
  for (const { transactionId, reason } of outcomes) {
    if (reason !== undefined) reasons.set(transactionId, reason);
  }
  return [...read.transactions, ...read.unknown].toSorted(compareLedgerOrder).flatMap(({ id }) => {
    const reason = reasons.get(id);
    return reason === undefined ? [] : [{ id, reason: reason.replaceAll("-", "_") }];
  });
}

function openLotRows(
  { account, instrument, holding }: AccountHolding,
  options: VectorOptions,
): VectorRecord[] {
  const isPool = options.rules.method === "average";
  return holding.lots.toSorted(oldestFirst).map((lot) => {
    const sign = <A extends Money | Quantity>(amount: A): A =>
      lot.side === "long" ? amount : negate(amount);
    const baseCost = remainingBaseCost(lot);
    return {
      account,
      instrument,
      lot: isPool ? null : lot.id,
      opened: isPool ? null : new Date(lot.openedAt).toISOString(),
      quantity: roundQuantity(sign(lot.remainingQuantity), 12, lot.unit),
      cost: roundMoney(sign(remainingCost(lot)), 8),
      unit_cost: roundMoney(unitCost(lot), 10),
      ...(baseCost !== undefined && { base_cost: roundMoney(sign(baseCost), 8) }),
    };
  });
}

const DISPOSAL_COLUMNS = [
  "trade",
  "lot",
  "account",
  "instrument",
  "side",
  "quantity",
  "proceeds",
  "cost",
  "gain",
] as const;

type DisposalRow = Readonly<Record<(typeof DISPOSAL_COLUMNS)[number], string | null>>;

function disposalRows(disposals: readonly AccountDisposal[], { rules }: VectorOptions): DisposalRow[] {
  return disposals.flatMap(({ id, account, instrument, side, unit, slices }) =>
    slices.map((slice) => ({
      trade: id,
      lot: rules.method === "average" ? null : slice.lotId,
      account,
      instrument,
      side,
      quantity: roundQuantity(slice.quantity, 12, unit),
      proceeds: roundMoney(slice.proceeds, 8),
      cost: roundMoney(slice.costBasis, 8),
      gain: roundMoney(slice.realizedGain, 8),
      ...(slice.base !== undefined && {
        base_proceeds: roundMoney(slice.base.proceeds, 8),
        base_cost: roundMoney(slice.base.costBasis, 8),
        base_gain: roundMoney(slice.base.realizedGain, 8),
        fx_gain: roundMoney(slice.base.exchangeGain, 8),
      }),
    })),
  );
}

function fingerprintOf(rows: readonly DisposalRow[]): string {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(`${DISPOSAL_COLUMNS.map((column) => row[column] ?? "").join("|")}\n`);
  return hash.digest("hex");
}

function positionRow(
  { account, instrument, holding }: AccountHolding,
  options: VectorOptions,
  market: VectorMarket,
): VectorRecord[] {
  const { currency, quantity, unit, costBasis, base } = holding;
  if (quantity === 0n) return [];
  const quoted = market.prices[instrument];
  const quote = quoted === undefined ? undefined : { price: price(quoted) };
  const { marketValue, unrealizedGain } = valuePosition({ holding, quote });
  const row = {
    account,
    instrument,
    currency,
    quantity: roundQuantity(quantity, 12, unit),
    cost_basis: roundMoney(costBasis, 8),
    average_cost: roundMoney(divide((costBasis * (unit ?? 1n)) as Money, quantity), 10),
    ...(base !== undefined && { base_cost_basis: roundMoney(base.costBasis, 8) }),
  };
  if (marketValue === undefined || unrealizedGain === undefined) return [row];
  return [
    {
      ...row,
      market_value: roundMoney(marketValue, 8),
      unrealized: roundMoney(unrealizedGain, 8),
      ...baseValueRow({ currency, marketValue, base }, options, market),
    },
  ];
}

function baseValueRow(
  position: { currency: string | undefined; marketValue: Money; base: BaseFigures | undefined },
  { rules, rateOn }: VectorOptions,
  { asof }: VectorMarket,
): VectorRecord {
  const { currency, marketValue, base } = position;
  if (base === undefined || currency === undefined) return {};
  const rate = currency === rules.baseCurrency ? price("1") : asof && rateOn(currency, asof);
  if (rate === undefined || rate === "") return {};
  const baseMarketValue = multiplyByRate(marketValue, rate);
  return {
    base_market_value: roundMoney(baseMarketValue, 8),
    base_unrealized: roundMoney(subtract(baseMarketValue, base.costBasis), 8),
  };
}

function realizedRow(rows: NonEmpty<AccountHolding>): VectorRecord {
  const hasBase = rows.some((row) => row.holding.base !== undefined);
  return {
    instrument: rows[0].instrument,
    currency: rows[0].holding.currency,
    gain: roundMoney(
      sumOf(rows, (row) => row.holding.realizedGain),
      8,
    ),
    ...(hasBase && {
      base_gain: roundMoney(
        sumOf(rows, (row) => row.holding.base?.realizedGain ?? ZERO_MONEY),
        8,
      ),
      fx_gain: roundMoney(
        sumOf(rows, (row) => row.holding.base?.exchangeGain ?? ZERO_MONEY),
        8,
      ),
    }),
  };
}

type NonEmpty<Row> = readonly [Row, ...Row[]];

function perInstrument<Row extends { readonly instrument: string }>(rows: readonly Row[]): NonEmpty<Row>[] {
  const groups = Map.groupBy(rows, (row) => row.instrument);
  return [...groups.values()]
    .flatMap(([first, ...rest]): NonEmpty<Row>[] => (first === undefined ? [] : [[first, ...rest]]))
    .toSorted(([a], [b]) => compareText(a.instrument, b.instrument));
}

function totalsByCurrency<Row extends { readonly currency: string }>(
  rows: readonly Row[],
  amountOf: (row: Row) => Money,
): VectorRecord {
  const groups = Map.groupBy(rows, (row) => row.currency);
  const totals = [...groups]
    .map(([currency, group]) => [currency, sumOf(group, amountOf)] as const)
    .filter(([, total]) => total !== 0n)
    .map(([currency, total]) => [currency, roundMoney(total, 8)] as const);
  return Object.fromEntries(totals);
}

function sumOf<Row>(rows: readonly Row[], amountOf: (row: Row) => Money): Money {
  return rows.map(amountOf).reduce(add, ZERO_MONEY);
}
