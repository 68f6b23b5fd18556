import { sql } from "kysely";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import type { StoredLot } from "./matching-reads.ts";
import type { Trx } from "./pool.ts";

/* Reads of derived state. Callers have made sure that the portfolio is the user's; row-level security does so again. */

export interface PositionRow {
  readonly portfolio_id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly quantity: string;
  readonly unit: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly fees: string;
  readonly income: string;
  readonly withheld_tax: string;
  readonly base_currency: string;
  /** Null where the currency is the base currency. */
  readonly base_cost_basis: string | null;
  readonly base_realized_gain: string | null;
  readonly exchange_gain: string | null;
}

/** Positions that ever had an accepted transaction, closed ones included. Shape: by portfolio and symbol. */
export function readPositionRows(trx: Trx, portfolioIds: readonly string[]): Promise<PositionRow[]> {
  if (portfolioIds.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom("position as p")
    .innerJoin("instrument as i", "i.id", "p.instrument_id")
    .innerJoin("portfolio as f", "f.id", "p.portfolio_id")
    .select([
      "p.portfolio_id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "p.quantity",
      "p.unit",
      "p.cost_basis",
      "p.realized_gain",
      "p.fees",
      "p.income",
      "p.withheld_tax",
      "f.base_currency",
      "p.base_cost_basis",
      "p.base_realized_gain",
      "p.exchange_gain",
    ])
    .where("p.portfolio_id", "in", [...portfolioIds])
    .where("p.currency", "is not", null)
    .orderBy("p.portfolio_id")
    .orderBy("i.symbol")
    .execute();
}

export interface LotRow extends Omit<StoredLot, "instrument_id"> {
  readonly symbol: string;
  readonly currency: string;
  /** The whole holding is one pool of average cost: its opening says nothing of its parts. */
  readonly lot_method: LotMethod;
}

/** Open lots, of one instrument or of all, by instrument and oldest first. */
export function readLotRows(trx: Trx, key: { portfolioId: string; symbol?: string }): Promise<LotRow[]> {
  return trx
    .selectFrom("tax_lot as l")
    .innerJoin("instrument as i", "i.id", "l.instrument_id")
    .innerJoin("portfolio as f", "f.id", "l.portfolio_id")
    .innerJoin("position as p", (join) =>
      join.onRef("p.portfolio_id", "=", "l.portfolio_id").onRef("p.instrument_id", "=", "l.instrument_id"),
    )
    .select([
      "l.portfolio_id",
      "l.id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "f.lot_method",
      "l.side",
      "l.opened_at",
      "l.opened_sequence",
      "l.opened_date",
      "l.original_quantity",
      "l.original_cost",
      "l.remaining_quantity",
      "l.unit",
      "l.original_base_cost",
      "l.opening_rate",
      "l.unit_cost_numerator",
      "l.unit_cost_denominator",
    ])
    .where("l.portfolio_id", "=", key.portfolioId)
    .$if(key.symbol !== undefined, (rows) => rows.where("i.symbol", "=", key.symbol!))
    .where("l.remaining_quantity", ">", "0")
    .orderBy("i.symbol")
    .orderBy("l.opened_at")
    .orderBy("l.opened_sequence")
    .execute();
}

export interface DisposalRow {
  readonly transaction_id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly side: "long" | "short";
  readonly disposed_at: string;
  readonly disposed_sequence: number;
  readonly disposed_date: string;
  readonly quantity: string;
  readonly unit: string;
  readonly proceeds: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly lot_method: LotMethod;
  readonly base_currency: string;
  /** Null where the currency is the base currency, as the two after it. */
  readonly base_proceeds: string | null;
  readonly base_cost_basis: string | null;
  readonly exchange_gain: string | null;
}

/** Place in a listing that is ordered by (instant, sequence). */
export interface LedgerPlace {
  readonly at: string;
  readonly sequence: number;
}

/** Newest first, after `after`. */
export function readDisposalRows(
  trx: Trx,
  query: {
    portfolioId: string;
    symbol?: string;
    transactionId?: string;
    after?: LedgerPlace;
    limit: number;
  },
): Promise<DisposalRow[]> {
  return trx
    .selectFrom("disposal as d")
    .innerJoin("instrument as i", "i.id", "d.instrument_id")
    .innerJoin("portfolio as f", "f.id", "d.portfolio_id")
    .innerJoin("position as p", (join) =>
      join.onRef("p.portfolio_id", "=", "d.portfolio_id").onRef("p.instrument_id", "=", "d.instrument_id"),
    )
    .select([
      "d.transaction_id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "d.side",
      "d.disposed_at",
      "d.disposed_sequence",
      "d.disposed_date",
      "d.quantity",
      "d.unit",
      "d.proceeds",
      "d.cost_basis",
      "d.realized_gain",
      "f.lot_method",
      "f.base_currency",
      "d.base_proceeds",
      "d.base_cost_basis",
      "d.exchange_gain",
    ])
    .where("d.portfolio_id", "=", query.portfolioId)
    .$if(query.symbol !== undefined, (rows) => rows.where("i.symbol", "=", query.symbol!))
    .$if(query.transactionId !== undefined, (rows) =>
      rows.where("d.transaction_id", "=", query.transactionId!),
    )
    .$if(query.after !== undefined, (rows) =>
      rows.where(
        sql<boolean>`(d.disposed_at, d.disposed_sequence) < (${query.after!.at}::timestamptz, ${query.after!.sequence}::bigint)`,
      ),
    )
    .orderBy("d.disposed_at", "desc")
    .orderBy("d.disposed_sequence", "desc")
    .limit(query.limit)
    .execute();
}

export interface SliceRow {
  readonly transaction_id: string;
  readonly lot_id: string;
  readonly opened_at: string;
  readonly opened_date: string;
  readonly quantity: string;
  readonly proceeds: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly base_proceeds: string | null;
  readonly base_cost_basis: string | null;
  readonly exchange_gain: string | null;
}

/** Slices of disposals, in matching order within each. */
export function readSliceRows(
  trx: Trx,
  key: { portfolioId: string; transactionIds: readonly string[] },
): Promise<SliceRow[]> {
  if (key.transactionIds.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom("disposal_slice as s")
    .innerJoin("tax_lot as l", (join) =>
      join
        .onRef("l.portfolio_id", "=", "s.portfolio_id")
        .onRef("l.instrument_id", "=", "s.instrument_id")
        .onRef("l.id", "=", "s.lot_id"),
    )
    .select([
      "s.transaction_id",
      "s.lot_id",
      "l.opened_at",
      "l.opened_date",
      "s.quantity",
      "s.proceeds",
      "s.cost_basis",
      "s.realized_gain",
      "s.base_proceeds",
      "s.base_cost_basis",
      "s.exchange_gain",
    ])
    .where("s.portfolio_id", "=", key.portfolioId)
    .where("s.transaction_id", "in", [...key.transactionIds])
    .orderBy("s.transaction_id")
    .orderBy("s.slice_number")
    .execute();
}

/** What came and went beside trades, by currency: interest, fees and taxes, as amounts received or paid. */
export interface CashTotalsRow {
  readonly currency: string;
  readonly interest: string;
  readonly expenses: string;
  readonly taxes: string;
}

/** Interest, and expenses and taxes as positive amounts, fees of transfers among the expenses. Shape: by currency. */
export async function readCashTotals(trx: Trx, portfolioId: string): Promise<CashTotalsRow[]> {
  const { rows } = await sql<CashTotalsRow>`
    select currency, coalesce(sum(amount) filter (where type = 'interest'), 0) as interest,
      coalesce(-sum(amount) filter (where type = 'fee' or (type = 'transfer' and instrument_id is not null)), 0) as expenses,
      coalesce(-sum(amount) filter (where type = 'tax'), 0) as taxes
    from cash_flow
    where portfolio_id = ${portfolioId} and type in ('interest', 'fee', 'tax', 'transfer')
    group by currency
    order by currency`.execute(trx);
  return rows;
}

/** A portfolio's money by currency. */
export async function readCashBalances(
  trx: Trx,
  portfolioId: string,
): Promise<{ readonly currency: string; readonly balance: string }[]> {
  const { rows } = await sql<{ currency: string; balance: string }>`
    select currency, sum(amount) as balance from cash_flow where portfolio_id = ${portfolioId}
    group by currency order by currency`.execute(trx);
  return rows;
}

export interface CashEntryRow {
  readonly transaction_id: string;
  /** Of the transaction: another one's when the money came from there. */
  readonly transaction_portfolio_id: string;
  readonly type: TransactionType;
  readonly symbol: string | null;
  readonly currency: string;
  readonly amount: string;
  readonly balance: string;
  readonly flowed_at: string;
  readonly flowed_sequence: number;
}

/** Movements with the balance of their currency after each, newest first, after `after`. */
export async function readCashEntries(
  trx: Trx,
  query: { portfolioId: string; currency?: string; after?: LedgerPlace; limit: number },
): Promise<CashEntryRow[]> {
  const { rows } = await sql<CashEntryRow>`
    select f.*, i.symbol, coalesce(t.portfolio_id, f.portfolio_id) as transaction_portfolio_id
    from (
      select *, sum(amount) over (partition by currency order by flowed_at, flowed_sequence) as balance
      from cash_flow
      where portfolio_id = ${query.portfolioId}
        and currency = coalesce(${query.currency ?? null}, currency)
    ) f
    left join instrument i on i.id = f.instrument_id
    left join transaction t on t.id = f.transaction_id and t.version = 1 and t.portfolio_id <> f.portfolio_id
    where ${query.after?.at ?? null}::timestamptz is null
      or (f.flowed_at, f.flowed_sequence) < (${query.after?.at ?? null}::timestamptz, ${query.after?.sequence ?? null}::bigint)
    order by f.flowed_at desc, f.flowed_sequence desc, f.currency
    limit ${query.limit}`.execute(trx);
  return rows;
}

/** Undefined when nobody ever recorded anything of the instrument. Shape: `symbol` in upper case. */
export async function findInstrumentId(trx: Trx, symbol: string): Promise<number | undefined> {
  const row = await trx.selectFrom("instrument").select("id").where("symbol", "=", symbol).executeTakeFirst();
  return row?.id;
}

/** The symbols of instruments, by their ids. */
export async function readSymbols(
  trx: Trx,
  instrumentIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (instrumentIds.length === 0) return new Map();
  const rows = await trx
    .selectFrom("instrument")
    .select(["id", "symbol"])
    .where("id", "in", [...instrumentIds])
    .execute();
  return new Map(rows.map((row) => [row.id, row.symbol]));
}
