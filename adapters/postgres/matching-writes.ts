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
import { prepare, run } from "./prepared.ts";
import { saveContinued } from "./save-continued.ts";
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
  const column = (value: (row: Advanced) => string | number) => arrayLiteral(advanced.map(value));
  await run(trx, ADVANCE, [
    column((row) => row.portfolio.portfolio_id),
    column((row) => row.applied),
    column((row) => row.epoch),
    column((row) => row.portfolio.rules_version),
    column((row) => String(row.isAdvanced)),
  ]);
}

const ADVANCE = prepare(
  "advance-portfolios",
  `update portfolio_state s
  set applied_sequence = a.applied, epoch = a.epoch, updated_at = clock_timestamp(),
    rules_version = case when a.is_advanced then a.rules_version else s.rules_version end
  from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::integer[], $5::boolean[])
    as a (portfolio_id, applied, epoch, rules_version, is_advanced)
  where s.portfolio_id = a.portfolio_id`,
);

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

/** All rows of keys, by table. */
export function rowsOf(keys: readonly MatchedKey[]) {
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
