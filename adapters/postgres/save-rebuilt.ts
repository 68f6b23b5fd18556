import { sql } from "kysely";
import {
  CASH_FLOWS,
  columnsOf,
  DISPOSALS,
  LOTS,
  names,
  POSITIONS,
  REJECTIONS,
  SLICES,
  unnested,
  type DerivedTable,
  type DerivedTableName,
  type RowsOf,
} from "./derived-tables.ts";
import { keyColumns, NO_INSTRUMENT, type MatchingKey } from "./matching-reads.ts";
import type { Trx } from "./pool.ts";

/*
 * What rebuilt keys come to: every row that they should have, of which only those are written that are not stored as
 * they should be, while what is stored beyond them is deleted. A history may be as long as it likes, so that no statement
 * is about more than some thousand rows: each takes some hundred milliseconds, far below every time limit.
 */

const ROWS_PER_STATEMENT = 5_000;

/** The uuid in the key of a table, by which its rows are gone through in parts. Positions are few. */
const RANGES: Readonly<Partial<Record<DerivedTableName, string>>> = {
  tax_lot: "id",
  disposal: "transaction_id",
  disposal_slice: "transaction_id",
  cash_flow: "transaction_id",
  rejection: "transaction_id",
};

/** The rows that keys should have, by table. */
export interface RebuiltRows {
  readonly positions: RowsOf;
  readonly lots: RowsOf;
  readonly disposals: RowsOf;
  readonly slices: RowsOf;
  readonly cashFlows: RowsOf;
  readonly rejections: RowsOf;
}

export interface TransactionRef {
  readonly portfolioId: string;
  readonly transactionId: string;
}

export interface SavedRebuild {
  /** The transactions of the keys that stood as rejected before. */
  readonly reconsidered: readonly TransactionRef[];
  /** Rows that were not there, not as they should be, or one too many. */
  readonly differences: number;
}

/** Stores rebuilt keys, differences only. The order of statements is that of what refers to what. */
export async function saveRebuilt(
  trx: Trx,
  keys: readonly MatchingKey[],
  rows: RebuiltRows,
): Promise<SavedRebuild> {
  if (keys.length === 0) return { reconsidered: [], differences: 0 };
  const reconsidered = await readRejected(trx, keys);
  let differences = 0;
  differences += await deleteStale(trx, SLICES, keys, rows.slices);
  differences += await deleteStale(trx, DISPOSALS, keys, rows.disposals);
  differences += await deleteStale(trx, CASH_FLOWS, keys, rows.cashFlows);
  differences += await storeDifferences(trx, LOTS, rows.lots);
  // After the lots that came with the same ids, before the slices that name lots.
  differences += await deleteStale(trx, LOTS, keys, rows.lots);
  differences += await storeDifferences(trx, DISPOSALS, rows.disposals);
  differences += await storeDifferences(trx, SLICES, rows.slices);
  differences += await storeDifferences(trx, CASH_FLOWS, rows.cashFlows);
  differences += await deleteStale(trx, REJECTIONS, keys, rows.rejections);
  differences += await storeDifferences(trx, REJECTIONS, rows.rejections);
  differences += await deleteStale(trx, POSITIONS, keys, rows.positions);
  differences += await storeDifferences(trx, POSITIONS, rows.positions);
  return { reconsidered, differences };
}

/**
 * Stores the rows that are not stored just so. They are compared before they are written: `on conflict do update` locks
 * each row that it meets, which writes to it and to the log even where nothing is different.
 */
async function storeDifferences(trx: Trx, table: DerivedTable, rows: RowsOf): Promise<number> {
  const columns = columnsOf(table).map(([name]) => name);
  const key = ["portfolio_id", ...table.key];
  const content = columns.filter((name) => !key.includes(name));
  const contentOf = (alias: string) => sql.join(content.map((name) => sql.ref(`${alias}.${name}`)));
  let written = 0;
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) {
    const some = rows.slice(from, from + ROWS_PER_STATEMENT);
    const { numAffectedRows } = await sql`
      insert into ${sql.table(table.name)} as stored (${names(columns)})
      select * from ${unnested(some, columnsOf(table))} fresh (${names(columns)})
      where not exists (
        select from ${sql.table(table.name)} same
        where ${sameKey("same", "fresh", key)} and row (${contentOf("same")}) is not distinct from row (${contentOf("fresh")}))
      on conflict (${names(key)}) do update
      set (${names(content)}) = row (${contentOf("excluded")})`.execute(trx);
    written += Number(numAffectedRows);
  }
  return written;
}

/** Deletes what the table holds of the keys beyond the given rows. */
async function deleteStale(
  trx: Trx,
  table: DerivedTable,
  keys: readonly MatchingKey[],
  rows: RowsOf,
): Promise<number> {
  const identity = ["portfolio_id", ...table.key, ...(table.kept ?? [])];
  const columns = columnsOf(table).filter(([name]) => identity.includes(name));
  const columnNames = columns.map(([name]) => name);
  const instrument = table.isMoneyToo
    ? sql`coalesce(stored.instrument_id, ${NO_INSTRUMENT})`
    : sql.ref("stored.instrument_id");
  const place = RANGES[table.name];
  let deleted = 0;
  for (const { some, after, upTo } of inRanges(rows, place)) {
    const isAfter = after === undefined ? sql`` : sql`and ${sql.ref(`stored.${place}`)} > ${after}::uuid`;
    const isUpTo = upTo === undefined ? sql`` : sql`and ${sql.ref(`stored.${place}`)} <= ${upTo}::uuid`;
    // Not `not in`: with a list above its working memory PostgreSQL reads the whole list again for every row.
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table.name)} stored using ${keyColumns(keys)}
      where stored.portfolio_id = k.portfolio_id and ${instrument} = k.instrument_id ${isAfter} ${isUpTo}
        and not exists (
          select from ${unnested(some, columns)} kept (${names(columnNames)})
          where ${sameKey("kept", "stored", columnNames)})`.execute(trx);
    deleted += Number(numAffectedRows);
  }
  return deleted;
}

function sameKey(a: string, b: string, columns: readonly string[]) {
  const pairs = columns.map((name) => sql`${sql.ref(`${a}.${name}`)} = ${sql.ref(`${b}.${name}`)}`);
  return sql.join(pairs, sql` and `);
}

interface Range {
  readonly some: RowsOf;
  readonly after: string | undefined;
  readonly upTo: string | undefined;
}

/**
 * Divides rows by ranges of a column that holds uuids; together the ranges cover all there are. The text of a uuid sorts
 * as PostgreSQL sorts uuids.
 */
function inRanges(rows: RowsOf, column: string | undefined): Range[] {
  if (column === undefined || rows.length <= ROWS_PER_STATEMENT) {
    return [{ some: rows, after: undefined, upTo: undefined }];
  }
  const place = (row: RowsOf[number]) => (row as unknown as Readonly<Record<string, string>>)[column]!;
  const sorted = rows.toSorted((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
  const ranges: Range[] = [];
  let after: string | undefined;
  for (let start = 0; start < sorted.length;) {
    let end = Math.min(start + ROWS_PER_STATEMENT, sorted.length);
    // Rows of one place stay together.
    while (end < sorted.length && place(sorted[end]!) === place(sorted[end - 1]!)) end += 1;
    const upTo = end === sorted.length ? undefined : place(sorted[end - 1]!);
    ranges.push({ some: sorted.slice(start, end), after, upTo });
    [start, after] = [end, upTo];
  }
  return ranges;
}

async function readRejected(trx: Trx, keys: readonly MatchingKey[]): Promise<TransactionRef[]> {
  const { rows } = await sql<{ portfolio_id: string; transaction_id: string }>`
    select r.portfolio_id, r.transaction_id
    from ${keyColumns(keys)}
    join rejection r on r.portfolio_id = k.portfolio_id and coalesce(r.instrument_id, ${NO_INSTRUMENT}) = k.instrument_id`.execute(
    trx,
  );
  return rows.map((row) => ({ portfolioId: row.portfolio_id, transactionId: row.transaction_id }));
}
