import { sql } from "kysely";
import type { LedgerVersion, LockedPortfolio, MatchingKey } from "./matching-reads.ts";
import type { Trx } from "./pool.ts";

/** What matching one key came to, as rows to store. `rebuilt` keys are whole; the others add to what is there. */
export interface MatchedKey extends MatchingKey {
  readonly rebuilt: boolean;
  /** Undefined when no transaction of the key is left. */
  readonly position: PositionRow | undefined;
  readonly openedLots: readonly LotRow[];
  readonly touchedLots: readonly { readonly id: string; readonly remainingQuantity: string }[];
  readonly disposals: readonly DisposalRow[];
  readonly rejections: readonly { readonly transactionId: string; readonly reason: string }[];
}

export interface PositionRow {
  readonly currency: string | null;
  readonly quantity: string;
  readonly costBasis: string;
  readonly realizedGain: string;
  readonly fees: string;
  readonly lastTradedAt: string;
  readonly lastOrderSequence: number;
}

/** `opening` is the transaction that opened the lot. */
export interface LotRow {
  readonly opening: LedgerVersion;
  readonly side: string;
  readonly originalQuantity: string;
  readonly originalCost: string;
  readonly remainingQuantity: string;
}

interface Gain {
  readonly quantity: string;
  readonly proceeds: string;
  readonly costBasis: string;
  readonly realizedGain: string;
}

/** `closing` is the transaction that closed lots. */
export interface DisposalRow extends Gain {
  readonly closing: LedgerVersion;
  readonly side: string;
  readonly slices: readonly (Gain & { readonly lotId: string })[];
}

/**
 * Stores matched keys, one statement per table whatever their number. Rows that stand already as they should are left
 * alone, so a rebuild writes only differences. The order of statements follows the foreign keys.
 * Shape: `reconsidered` are the transactions of rebuilt keys that stood as rejected before.
 */
export async function saveMatchedKeys(
  trx: Trx,
  keys: readonly MatchedKey[],
): Promise<{ reconsidered: readonly TransactionRef[] }> {
  const rebuilt = keys.filter((key) => key.rebuilt);
  const slices = keys.flatMap((key) => key.disposals.flatMap((disposal) => sliceRows(key, disposal)));
  if (rebuilt.length > 0) await deleteStaleDisposals(trx, { rebuilt, slices });
  await upsertLots(trx, keys);
  await touchLots(trx, keys);
  if (rebuilt.length > 0) await deleteStaleLots(trx, rebuilt);
  await upsertDisposals(trx, keys);
  await insertSlices(trx, slices);
  const reconsidered = await saveRejections(trx, { keys, rebuilt });
  await savePositions(trx, { keys, rebuilt });
  return { reconsidered };
}

export interface TransactionRef {
  readonly portfolioId: string;
  readonly transactionId: string;
}

/** Says how far each portfolio is matched now. */
export async function advancePortfolios(
  trx: Trx,
  advanced: readonly { portfolio: LockedPortfolio; applied: number; epoch: number }[],
): Promise<void> {
  await sql`
    update portfolio_state s
    set applied_sequence = a.applied, epoch = a.epoch, rules_version = a.rules_version, parked_at = null,
      parked_reason = null, updated_at = clock_timestamp()
    from unnest(${advanced.map((row) => row.portfolio.portfolio_id)}::uuid[],
      ${advanced.map((row) => row.applied)}::bigint[], ${advanced.map((row) => row.epoch)}::integer[],
      ${advanced.map((row) => row.portfolio.rules_version)}::integer[]) as a (portfolio_id, applied, epoch, rules_version)
    where s.portfolio_id = a.portfolio_id`.execute(trx);
}

/** Marks a portfolio whose matching fails again and again, so that it holds up nobody else. */
export async function parkPortfolio(trx: Trx, portfolioId: string, reason: string): Promise<void> {
  await sql`update portfolio_state set parked_at = clock_timestamp(), parked_reason = ${reason.slice(0, 500)}
    where portfolio_id = ${portfolioId}`.execute(trx);
}

interface SliceRow extends Gain {
  readonly portfolioId: string;
  readonly transactionId: string;
  readonly number: number;
  readonly lotId: string;
}

function sliceRows(key: MatchedKey, disposal: DisposalRow): SliceRow[] {
  return disposal.slices.map((slice, index) => ({
    portfolioId: key.portfolioId,
    transactionId: disposal.closing.id,
    number: index + 1,
    ...slice,
  }));
}

/** One array parameter per column: the shape that `unnest` takes. */
function column<Row, Value>(rows: readonly Row[], value: (row: Row) => Value): Value[] {
  return rows.map(value);
}

const keyColumns = (keys: readonly MatchingKey[]) =>
  sql`unnest(${column(keys, (key) => key.portfolioId)}::uuid[], ${column(keys, (key) => key.instrumentId)}::integer[])`;

async function deleteStaleDisposals(
  trx: Trx,
  { rebuilt, slices }: { rebuilt: readonly MatchedKey[]; slices: readonly SliceRow[] },
): Promise<void> {
  await sql`
    delete from disposal_slice s
    using ${keyColumns(rebuilt)} as k (portfolio_id, instrument_id), disposal d
    where d.portfolio_id = k.portfolio_id and d.instrument_id = k.instrument_id
      and s.portfolio_id = d.portfolio_id and s.transaction_id = d.transaction_id
      and (s.portfolio_id, s.transaction_id, s.slice_number, s.lot_id, s.quantity, s.proceeds, s.cost_basis) not in (
        select * from unnest(${column(slices, (row) => row.portfolioId)}::uuid[],
          ${column(slices, (row) => row.transactionId)}::uuid[], ${column(slices, (row) => row.number)}::integer[],
          ${column(slices, (row) => row.lotId)}::uuid[], ${column(slices, (row) => row.quantity)}::numeric[],
          ${column(slices, (row) => row.proceeds)}::numeric[], ${column(slices, (row) => row.costBasis)}::numeric[]))`.execute(
    trx,
  );
  const kept = rebuilt.flatMap((key) =>
    key.disposals.map((disposal) => ({ portfolioId: key.portfolioId, id: disposal.closing.id })),
  );
  await sql`
    delete from disposal d
    using ${keyColumns(rebuilt)} as k (portfolio_id, instrument_id)
    where d.portfolio_id = k.portfolio_id and d.instrument_id = k.instrument_id
      and (d.portfolio_id, d.transaction_id) not in (
        select * from unnest(${column(kept, (row) => row.portfolioId)}::uuid[], ${column(kept, (row) => row.id)}::uuid[]))`.execute(
    trx,
  );
}

async function upsertLots(trx: Trx, keys: readonly MatchedKey[]): Promise<void> {
  const lots = keys.flatMap((key) => key.openedLots);
  if (lots.length === 0) return;
  await sql`
    insert into tax_lot as l (portfolio_id, id, instrument_id, side, opened_at, opened_sequence, opened_date,
      original_quantity, original_cost, remaining_quantity)
    select * from unnest(${column(lots, (lot) => lot.opening.portfolio_id)}::uuid[],
      ${column(lots, (lot) => lot.opening.id)}::uuid[], ${column(lots, (lot) => lot.opening.instrument_id)}::integer[],
      ${column(lots, (lot) => lot.side)}::text[], ${column(lots, (lot) => lot.opening.traded_at)}::timestamptz[],
      ${column(lots, (lot) => lot.opening.order_sequence)}::bigint[],
      ${column(lots, (lot) => lot.opening.trade_date)}::date[],
      ${column(lots, (lot) => lot.originalQuantity)}::numeric[], ${column(lots, (lot) => lot.originalCost)}::numeric[],
      ${column(lots, (lot) => lot.remainingQuantity)}::numeric[])
    on conflict (portfolio_id, id) do update set instrument_id = excluded.instrument_id, side = excluded.side,
      opened_at = excluded.opened_at, opened_sequence = excluded.opened_sequence, opened_date = excluded.opened_date,
      original_quantity = excluded.original_quantity, original_cost = excluded.original_cost,
      remaining_quantity = excluded.remaining_quantity
    where l is distinct from excluded`.execute(trx);
}

async function touchLots(trx: Trx, keys: readonly MatchedKey[]): Promise<void> {
  const lots = keys.flatMap((key) =>
    key.touchedLots.map((lot) => ({ ...lot, portfolioId: key.portfolioId })),
  );
  if (lots.length === 0) return;
  await sql`
    update tax_lot l set remaining_quantity = t.remaining_quantity
    from unnest(${column(lots, (lot) => lot.portfolioId)}::uuid[], ${column(lots, (lot) => lot.id)}::uuid[],
      ${column(lots, (lot) => lot.remainingQuantity)}::numeric[]) as t (portfolio_id, id, remaining_quantity)
    where l.portfolio_id = t.portfolio_id and l.id = t.id`.execute(trx);
}

async function deleteStaleLots(trx: Trx, rebuilt: readonly MatchedKey[]): Promise<void> {
  const kept = rebuilt.flatMap((key) => key.openedLots.map((lot) => lot.opening));
  await sql`
    delete from tax_lot l
    using ${keyColumns(rebuilt)} as k (portfolio_id, instrument_id)
    where l.portfolio_id = k.portfolio_id and l.instrument_id = k.instrument_id
      and (l.portfolio_id, l.id) not in (
        select * from unnest(${column(kept, (row) => row.portfolio_id)}::uuid[], ${column(kept, (row) => row.id)}::uuid[]))`.execute(
    trx,
  );
}

async function upsertDisposals(trx: Trx, keys: readonly MatchedKey[]): Promise<void> {
  const rows = keys.flatMap((key) => key.disposals);
  if (rows.length === 0) return;
  await sql`
    insert into disposal as d (portfolio_id, transaction_id, instrument_id, side, disposed_at, disposed_sequence,
      disposed_date, quantity, proceeds, cost_basis, realized_gain)
    select * from unnest(${column(rows, (row) => row.closing.portfolio_id)}::uuid[],
      ${column(rows, (row) => row.closing.id)}::uuid[], ${column(rows, (row) => row.closing.instrument_id)}::integer[],
      ${column(rows, (row) => row.side)}::text[], ${column(rows, (row) => row.closing.traded_at)}::timestamptz[],
      ${column(rows, (row) => row.closing.order_sequence)}::bigint[],
      ${column(rows, (row) => row.closing.trade_date)}::date[], ${column(rows, (row) => row.quantity)}::numeric[],
      ${column(rows, (row) => row.proceeds)}::numeric[], ${column(rows, (row) => row.costBasis)}::numeric[],
      ${column(rows, (row) => row.realizedGain)}::numeric[])
    on conflict (portfolio_id, transaction_id) do update set instrument_id = excluded.instrument_id,
      side = excluded.side, disposed_at = excluded.disposed_at, disposed_sequence = excluded.disposed_sequence,
      disposed_date = excluded.disposed_date, quantity = excluded.quantity, proceeds = excluded.proceeds,
      cost_basis = excluded.cost_basis, realized_gain = excluded.realized_gain
    where d is distinct from excluded`.execute(trx);
}

async function insertSlices(trx: Trx, slices: readonly SliceRow[]): Promise<void> {
  if (slices.length === 0) return;
  await sql`
    insert into disposal_slice (portfolio_id, transaction_id, slice_number, lot_id, quantity, proceeds, cost_basis,
      realized_gain)
    select * from unnest(${column(slices, (row) => row.portfolioId)}::uuid[],
      ${column(slices, (row) => row.transactionId)}::uuid[], ${column(slices, (row) => row.number)}::integer[],
      ${column(slices, (row) => row.lotId)}::uuid[], ${column(slices, (row) => row.quantity)}::numeric[],
      ${column(slices, (row) => row.proceeds)}::numeric[], ${column(slices, (row) => row.costBasis)}::numeric[],
      ${column(slices, (row) => row.realizedGain)}::numeric[])
    on conflict (portfolio_id, transaction_id, slice_number) do nothing`.execute(trx);
}

async function saveRejections(
  trx: Trx,
  { keys, rebuilt }: { keys: readonly MatchedKey[]; rebuilt: readonly MatchedKey[] },
): Promise<TransactionRef[]> {
  let reconsidered: TransactionRef[] = [];
  if (rebuilt.length > 0) {
    const { rows } = await sql<{
      portfolio_id: string;
      transaction_id: string;
    }>`delete from rejection r using ${keyColumns(rebuilt)} as k (portfolio_id, instrument_id)
      where r.portfolio_id = k.portfolio_id and r.instrument_id = k.instrument_id
      returning r.portfolio_id, r.transaction_id`.execute(trx);
    reconsidered = rows.map((row) => ({ portfolioId: row.portfolio_id, transactionId: row.transaction_id }));
  }
  const rows = keys.flatMap((key) =>
    key.rejections.map((rejection) => ({
      portfolio_id: key.portfolioId,
      instrument_id: key.instrumentId,
      ...rejection,
    })),
  );
  if (rows.length === 0) return reconsidered;
  await sql`
    insert into rejection (portfolio_id, transaction_id, instrument_id, reason)
    select * from unnest(${column(rows, (row) => row.portfolio_id)}::uuid[],
      ${column(rows, (row) => row.transactionId)}::uuid[], ${column(rows, (row) => row.instrument_id)}::integer[],
      ${column(rows, (row) => row.reason)}::text[])
    on conflict (portfolio_id, transaction_id) do update set instrument_id = excluded.instrument_id,
      reason = excluded.reason`.execute(trx);
  return reconsidered;
}

async function savePositions(
  trx: Trx,
  { keys, rebuilt }: { keys: readonly MatchedKey[]; rebuilt: readonly MatchedKey[] },
): Promise<void> {
  const emptied = rebuilt.filter((key) => key.position === undefined);
  if (emptied.length > 0) {
    await sql`delete from position p using ${keyColumns(emptied)} as k (portfolio_id, instrument_id)
      where p.portfolio_id = k.portfolio_id and p.instrument_id = k.instrument_id`.execute(trx);
  }
  const rows = keys.flatMap((key) => (key.position === undefined ? [] : [{ ...key.position, key }]));
  if (rows.length === 0) return;
  await sql`
    insert into position as p (portfolio_id, instrument_id, currency, quantity, cost_basis, realized_gain, fees,
      last_traded_at, last_order_sequence)
    select * from unnest(${column(rows, (row) => row.key.portfolioId)}::uuid[],
      ${column(rows, (row) => row.key.instrumentId)}::integer[], ${column(rows, (row) => row.currency)}::text[],
      ${column(rows, (row) => row.quantity)}::numeric[], ${column(rows, (row) => row.costBasis)}::numeric[],
      ${column(rows, (row) => row.realizedGain)}::numeric[], ${column(rows, (row) => row.fees)}::numeric[],
      ${column(rows, (row) => row.lastTradedAt)}::timestamptz[],
      ${column(rows, (row) => row.lastOrderSequence)}::bigint[])
    on conflict (portfolio_id, instrument_id) do update set currency = excluded.currency,
      quantity = excluded.quantity, cost_basis = excluded.cost_basis, realized_gain = excluded.realized_gain,
      fees = excluded.fees, last_traded_at = excluded.last_traded_at,
      last_order_sequence = excluded.last_order_sequence
    where p is distinct from excluded`.execute(trx);
}
