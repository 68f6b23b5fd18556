import { sql, type Selectable } from "kysely";
import type { OutcomeReason } from "#contracts/transactions.ts";
import { arrayLiteral } from "./array-literal.ts";
import {
  CASH_FLOWS,
  deleteStale,
  DISPOSALS,
  insert,
  LOTS,
  POSITIONS,
  REJECTIONS,
  SLICES,
  upsert,
} from "./derived-tables.ts";
import {
  keyColumns,
  NO_INSTRUMENT,
  type LedgerVersion,
  type LockedPortfolio,
  type MatchingKey,
  type StoredLot,
  type StoredPosition,
} from "./matching-reads.ts";
import type { Trx } from "./pool.ts";
import { reopenPortfolios } from "./portfolios.ts";
import type { Database } from "./schema.ts";

/** What matching one key came to, as rows to store. `rebuilt` keys are whole; the others add to what is there. */
export interface MatchedKey extends MatchingKey {
  readonly rebuilt: boolean;
  /** Undefined for money alone, and when no transaction of the key is left. */
  readonly position: PositionRow | undefined;
  /** Of a rebuilt key every lot it ever had, of the others what changed. */
  readonly lots: readonly LotRow[];
  /** The lots that the others were continued from, as they stand. */
  readonly lotsBefore: readonly StoredLot[];
  readonly disposals: readonly DisposalRow[];
  readonly cashFlows: readonly CashFlowRow[];
  readonly rejections: readonly { readonly transactionId: string; readonly reason: OutcomeReason }[];
}

type Place = "portfolio_id" | "instrument_id";

export type PositionRow = Omit<StoredPosition, Place>;
export type LotRow = Omit<StoredLot, Place>;
export type CashFlowRow = Omit<Selectable<Database["cash_flow"]>, Place>;

export interface DisposalRow extends Omit<Selectable<Database["disposal"]>, Place> {
  readonly slices: readonly SliceRow[];
}
export type SliceRow = Omit<Selectable<Database["disposal_slice"]>, Place | "transaction_id">;

/**
 * Stores matched keys, one statement per table whatever their number. What continued keys add is new, and what they
 * change of lots is mostly how much is left. Of rebuilt keys rows that stand already as they should are left alone, so
 * that only differences are written. The order of statements is that of what refers to what.
 * Shape: `reconsidered` are the transactions of rebuilt keys that stood as rejected before.
 */
export async function saveMatchedKeys(
  trx: Trx,
  keys: readonly MatchedKey[],
): Promise<{ reconsidered: readonly TransactionRef[] }> {
  const rebuilt = keys.filter((key) => key.rebuilt);
  const reconsidered = rebuilt.length > 0 ? await saveRebuilt(trx, rebuilt) : [];
  await saveContinued(
    trx,
    keys.filter((key) => !key.rebuilt),
  );
  return { reconsidered };
}

async function saveContinued(trx: Trx, keys: readonly MatchedKey[]): Promise<void> {
  const rows = rowsOf(keys);
  const lots = lotChanges(keys);
  await insert(trx, LOTS, lots.opened);
  await reduceLots(trx, lots.reduced);
  await upsert(trx, LOTS, lots.changed);
  await insert(trx, DISPOSALS, rows.disposals);
  await insert(trx, SLICES, rows.slices);
  await insert(trx, CASH_FLOWS, rows.cashFlows);
  await insert(trx, REJECTIONS, rows.rejections);
  await upsert(trx, POSITIONS, rows.positions);
}

async function saveRebuilt(trx: Trx, keys: readonly MatchedKey[]): Promise<readonly TransactionRef[]> {
  const rows = rowsOf(keys);
  await deleteStale(trx, SLICES, keys, rows.slices);
  await deleteStale(trx, DISPOSALS, keys, rows.disposals);
  await deleteStale(trx, CASH_FLOWS, keys, rows.cashFlows);
  await upsert(trx, LOTS, rows.lots);
  // After the lots that came with the same ids, before the slices that name lots.
  await deleteStale(trx, LOTS, keys, rows.lots);
  await upsert(trx, DISPOSALS, rows.disposals);
  await upsert(trx, SLICES, rows.slices);
  await upsert(trx, CASH_FLOWS, rows.cashFlows);
  const reconsidered = await deleteRejections(trx, keys);
  await insert(trx, REJECTIONS, rows.rejections);
  await deleteStale(trx, POSITIONS, keys, rows.positions);
  await upsert(trx, POSITIONS, rows.positions);
  return reconsidered;
}

type PlacedLot = LotRow & { readonly portfolio_id: string; readonly instrument_id: number };

/** Lots of continued keys: those that are new, those of which only less is left, and those that changed otherwise. */
function lotChanges(keys: readonly MatchedKey[]) {
  const opened: PlacedLot[] = [];
  const reduced: PlacedLot[] = [];
  const changed: PlacedLot[] = [];
  for (const { portfolioId, instrumentId, lots, lotsBefore } of keys) {
    if (lots.length === 0) continue;
    const before = new Map(lotsBefore.map((lot) => [lot.id, lot]));
    for (const lot of lots) {
      const stored = before.get(lot.id);
      const placed = { portfolio_id: portfolioId, instrument_id: instrumentId, ...lot };
      if (stored === undefined) opened.push(placed);
      else (differsInRestOnly(lot, stored) ? reduced : changed).push(placed);
    }
  }
  return { opened, reduced, changed };
}

const LOT_CONTENT = Object.keys(LOTS.columns).filter(
  (name) => name !== "instrument_id" && name !== "remaining_quantity",
) as (keyof LotRow)[];

function differsInRestOnly(lot: LotRow, stored: LotRow): boolean {
  return LOT_CONTENT.every((name) => lot[name] === stored[name]);
}

async function reduceLots(trx: Trx, lots: readonly PlacedLot[]): Promise<void> {
  if (lots.length === 0) return;
  await sql`
    update tax_lot l set remaining_quantity = r.remaining_quantity
    from unnest(${arrayLiteral(lots.map((lot) => lot.portfolio_id))}::uuid[],
      ${arrayLiteral(lots.map((lot) => lot.instrument_id))}::integer[],
      ${arrayLiteral(lots.map((lot) => lot.id))}::uuid[],
      ${arrayLiteral(lots.map((lot) => lot.remaining_quantity))}::numeric[])
      as r (portfolio_id, instrument_id, id, remaining_quantity)
    where l.portfolio_id = r.portfolio_id and l.instrument_id = r.instrument_id and l.id = r.id`.execute(trx);
}

export interface TransactionRef {
  readonly portfolioId: string;
  readonly transactionId: string;
}

/** How far a portfolio came. `isAdvanced` false: its figures changed with another's, its own news still waits. */
export interface Advanced {
  readonly portfolio: LockedPortfolio;
  readonly applied: number;
  readonly epoch: number;
  readonly isAdvanced: boolean;
}

/** Says how far each portfolio is matched now. */
export async function advancePortfolios(trx: Trx, advanced: readonly Advanced[]): Promise<void> {
  await sql`
    update portfolio_state s
    set applied_sequence = a.applied, epoch = a.epoch, updated_at = clock_timestamp(),
      rules_version = case when a.is_advanced then a.rules_version else s.rules_version end,
      parked_at = case when a.is_advanced then null else s.parked_at end,
      parked_reason = case when a.is_advanced then null else s.parked_reason end
    from unnest(${advanced.map((row) => row.portfolio.portfolio_id)}::uuid[],
      ${advanced.map((row) => row.applied)}::bigint[], ${advanced.map((row) => row.epoch)}::integer[],
      ${advanced.map((row) => row.portfolio.rules_version)}::integer[],
      ${advanced.map((row) => row.isAdvanced)}::boolean[]) as a (portfolio_id, applied, epoch, rules_version, is_advanced)
    where s.portfolio_id = a.portfolio_id`.execute(trx);
}

/**
 * Marks all other portfolios of the owners as out of date, where one of the versions is, or was, a split: it concerns them
 * all, also those that hold nothing of it yet, since what they record next may be dated before it.
 */
export async function reopenSiblings(
  trx: Trx,
  versions: readonly Pick<LedgerVersion, "portfolio_id" | "id">[],
): Promise<void> {
  if (versions.length === 0) return;
  const { rows: siblings } = await sql<{ id: string }>`
    with split as (
      select distinct p.id as portfolio_id, p.owner_id
      from unnest(${versions.map((row) => row.portfolio_id)}::uuid[], ${versions.map((row) => row.id)}::uuid[])
        as v (portfolio_id, id)
      join transaction t on t.portfolio_id = v.portfolio_id and t.id = v.id and t.type = 'split'
      join portfolio p on p.id = t.portfolio_id
    )
    select o.id from portfolio o
    where o.deleted_at is null
      and exists (select from split where split.owner_id = o.owner_id and split.portfolio_id <> o.id)
    order by o.id
    for no key update`.execute(trx);
  await reopenPortfolios(
    trx,
    siblings.map((row) => row.id),
  );
}

/** Marks a portfolio whose matching fails again and again, so that it holds up nobody else. */
export async function parkPortfolio(trx: Trx, portfolioId: string, reason: string): Promise<void> {
  await sql`update portfolio_state set parked_at = clock_timestamp(), parked_reason = ${reason.slice(0, 500)}
    where portfolio_id = ${portfolioId}`.execute(trx);
}

/** All rows of keys, by table. */
function rowsOf(keys: readonly MatchedKey[]) {
  const each = <Row>(of: (key: MatchedKey) => readonly Row[]) =>
    keys.flatMap((key) =>
      of(key).map((row) => ({
        portfolio_id: key.portfolioId,
        instrument_id: key.instrumentId === NO_INSTRUMENT ? null : key.instrumentId,
        ...row,
      })),
    );
  return {
    positions: each((key) => (key.position === undefined ? [] : [key.position])),
    lots: each((key) => key.lots),
    disposals: each((key) => key.disposals),
    slices: each((key) =>
      key.disposals.flatMap(({ transaction_id, slices }) =>
        slices.map((slice) => ({ transaction_id, ...slice })),
      ),
    ),
    cashFlows: each((key) => key.cashFlows),
    rejections: each((key) =>
      key.rejections.map(({ transactionId, reason }) => ({ transaction_id: transactionId, reason })),
    ),
  };
}

/** Rejections of rebuilt keys, all of them: which of them are still true is known only afterwards. */
async function deleteRejections(trx: Trx, rebuilt: readonly MatchingKey[]): Promise<TransactionRef[]> {
  const { rows } = await sql<{ portfolio_id: string; transaction_id: string }>`
    delete from rejection r using ${keyColumns(rebuilt)}
    where r.portfolio_id = k.portfolio_id and coalesce(r.instrument_id, ${NO_INSTRUMENT}) = k.instrument_id
    returning r.portfolio_id, r.transaction_id`.execute(trx);
  return rows.map((row) => ({ portfolioId: row.portfolio_id, transactionId: row.transaction_id }));
}
