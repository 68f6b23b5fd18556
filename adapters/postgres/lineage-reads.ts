import { sql } from "kysely";
import type { OutcomeReason } from "#contracts/transactions.ts";
import type { StoredVersion } from "./ledger.ts";
import { NO_INSTRUMENT } from "./matching-reads.ts";
import type { Db, Trx } from "./pool.ts";
import type { ProgressRow } from "./portfolios.ts";
import { contentOf } from "./transaction-content.ts";

/*
 * From versions to transactions, lots and disposals: everything that made one position what it is. For its owner and for
 * operators; callers have made sure that the portfolio may be seen.
 */

/** One instrument of one portfolio. */
export interface LineageKey {
  readonly portfolioId: string;
  readonly instrumentId: number;
}

export interface LineageTransaction {
  readonly portfolio_id: string;
  readonly id: string;
  /** Its place among all transactions, given when it was first recorded. */
  readonly order_sequence: number;
}

/** Every transaction that was ever one of the position's, deleted ones included, as they were first recorded. */
export async function readLineageTransactions(
  db: Db | Trx,
  { portfolioId, instrumentId }: LineageKey,
  page: { after: number; limit: number },
): Promise<LineageTransaction[]> {
  const { rows } = await sql<LineageTransaction>`
    select * from (
      select t.portfolio_id, t.id, t.order_sequence from transaction t
      where t.portfolio_id = ${portfolioId} and coalesce(t.instrument_id, ${NO_INSTRUMENT}) = ${instrumentId}
      union
      select t.portfolio_id, t.id, t.order_sequence from transaction t
      where t.portfolio_id = ${portfolioId} and t.to_instrument_id = ${instrumentId}
      union
      select t.portfolio_id, t.id, t.order_sequence from transaction t
      where t.to_portfolio_id = ${portfolioId} and t.instrument_id = ${instrumentId}
    ) named
    where order_sequence > ${page.after}
    order by order_sequence
    limit ${page.limit}`.execute(db);
  return rows;
}

export interface LineageVersion extends StoredVersion {
  readonly withdrawn: boolean;
}

/** All versions of the transactions. Shape: by transaction, oldest first. */
export async function readLineageVersions(
  db: Db | Trx,
  transactions: readonly LineageTransaction[],
): Promise<LineageVersion[]> {
  const { rows } = await sql<LineageVersion>`
    select t.portfolio_id, t.id, t.sequence, t.version, t.withdrawn, t.recorded_at, i.symbol, j.symbol as to_symbol,
      ${contentOf("t")}
    from ${idsOf(transactions)}
    join transaction t on t.id = k.id and t.portfolio_id = k.portfolio_id
    left join instrument i on i.id = t.instrument_id
    left join instrument j on j.id = t.to_instrument_id
    order by t.order_sequence, t.sequence`.execute(db);
  return rows;
}

/** Why transactions that are matched take no part. */
export async function readLineageRejections(
  db: Db | Trx,
  transactions: readonly LineageTransaction[],
): Promise<
  { readonly portfolio_id: string; readonly transaction_id: string; readonly reason: OutcomeReason }[]
> {
  const { rows } = await sql<{ portfolio_id: string; transaction_id: string; reason: OutcomeReason }>`
    select r.portfolio_id, r.transaction_id, r.reason
    from ${idsOf(transactions)}
    join rejection r on r.portfolio_id = k.portfolio_id and r.transaction_id = k.id`.execute(db);
  return rows;
}

/** How far the portfolios of the transactions are matched: what came from elsewhere is matched there. */
export async function readLineageProgress(
  db: Db | Trx,
  portfolioIds: readonly string[],
): Promise<ProgressRow[]> {
  const { rows } = await sql<ProgressRow>`
    select s.portfolio_id, h.head_sequence as head, s.applied_sequence as applied, s.epoch, s.parked_at, s.parked_reason,
      s.parked_portfolio_id, s.parked_sequence, s.parked_transaction_id
    from portfolio_state s join ledger_head h on h.portfolio_id = s.portfolio_id
    where s.portfolio_id = any (${[...portfolioIds]}::uuid[])`.execute(db);
  return rows;
}

export interface LineageLot {
  readonly id: string;
  readonly side: "long" | "short";
  readonly opened_at: string;
  readonly original_quantity: string;
  readonly remaining_quantity: string;
  readonly original_cost: string;
  readonly unit: string;
}

/** The lots of the position that the transactions opened. */
export async function readLineageLots(
  db: Db | Trx,
  { portfolioId, instrumentId }: LineageKey,
  transactionIds: readonly string[],
): Promise<LineageLot[]> {
  const { rows } = await sql<LineageLot>`
    select id, side, opened_at, original_quantity, remaining_quantity, original_cost, unit
    from tax_lot
    where portfolio_id = ${portfolioId} and instrument_id = ${instrumentId}
      and id = any (${[...transactionIds]}::uuid[])`.execute(db);
  return rows;
}

export interface LineageSlice {
  readonly transaction_id: string;
  readonly lot_id: string;
  readonly disposed_at: string;
  readonly unit: string;
  readonly quantity: string;
  readonly proceeds: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
}

/** What closed parts of lots, at most `limit` of each. Shape: by lot, oldest first. */
export async function readSlicesOfLots(
  db: Db | Trx,
  { portfolioId, instrumentId }: LineageKey,
  lots: { readonly ids: readonly string[]; readonly limit: number },
): Promise<LineageSlice[]> {
  const { rows } = await sql<LineageSlice>`
    select v.* from unnest(${[...lots.ids]}::uuid[]) with ordinality as lot (id, number)
    cross join lateral (
      select s.transaction_id, s.lot_id, d.disposed_at, d.unit, s.quantity, s.proceeds, s.cost_basis, s.realized_gain
      from disposal_slice s
      join disposal d on d.portfolio_id = s.portfolio_id and d.transaction_id = s.transaction_id
      where s.portfolio_id = ${portfolioId} and s.instrument_id = ${instrumentId} and s.lot_id = lot.id
      order by d.disposed_at, d.disposed_sequence
      limit ${lots.limit}
    ) v
    order by lot.number, v.disposed_at, v.transaction_id`.execute(db);
  return rows;
}

/** The parts of lots that disposals closed, at most `limit` of each. Shape: by disposal, in the order they were taken. */
export async function readSlicesOfDisposals(
  db: Db | Trx,
  { portfolioId, instrumentId }: LineageKey,
  disposals: { readonly ids: readonly string[]; readonly limit: number },
): Promise<LineageSlice[]> {
  const { rows } = await sql<LineageSlice>`
    select s.transaction_id, s.lot_id, d.disposed_at, d.unit, s.quantity, s.proceeds, s.cost_basis, s.realized_gain
    from unnest(${[...disposals.ids]}::uuid[]) as made (id)
    join disposal d on d.portfolio_id = ${portfolioId} and d.transaction_id = made.id
      and d.instrument_id = ${instrumentId}
    join disposal_slice s on s.portfolio_id = d.portfolio_id and s.transaction_id = d.transaction_id
      and s.slice_number <= ${disposals.limit}
    order by s.transaction_id, s.slice_number`.execute(db);
  return rows;
}

const idsOf = (transactions: readonly LineageTransaction[]) => sql`
  unnest(${transactions.map((row) => row.portfolio_id)}::uuid[], ${transactions.map((row) => row.id)}::uuid[])
    as k (portfolio_id, id)`;
