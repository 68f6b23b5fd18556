/*
 * The rows that batches of trades added to a database, as files for COPY: one a batch and table, in the order in which
 * the rows came, as they stand in the end.
 *
 * Rows that were there before and have changed (lots sold from, positions) cannot come from COPY and are left out, as is
 * what the pipeline keeps for itself: outbox, ends of ledgers, progress. The files are the server's own, in the text
 * format, in its data directory: there it can write and read whatever account it runs as, and no client stands between.
 */
import { sql, type RawBuilder } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import { openOwner, type BenchDatabase } from "../setup/bench-server.ts";
import type { PlannedTrade } from "../setup/portfolios.ts";

interface Added {
  readonly table: string;
  /** With the table's columns and `batch`. */
  readonly rows: RawBuilder<unknown>;
  readonly order: string;
}

/** In the order of the matcher. */
const ADDED: readonly Added[] = [
  {
    table: "transaction",
    rows: sql`select t.*, b.batch from transaction t join batch_of b on b.id = t.id`,
    order: "order_sequence",
  },
  {
    table: "tax_lot",
    // A lot has the id of the purchase that opened it.
    rows: sql`select l.*, b.batch from tax_lot l join batch_of b on b.id = l.id`,
    order: "opened_sequence",
  },
  {
    table: "disposal",
    rows: sql`select d.*, b.batch from disposal d join batch_of b on b.id = d.transaction_id`,
    order: "disposed_sequence",
  },
  {
    table: "disposal_slice",
    rows: sql`select s.*, b.batch from disposal_slice s join batch_of b on b.id = s.transaction_id`,
    order: "transaction_id",
  },
  {
    table: "cash_flow",
    rows: sql`select f.*, b.batch from cash_flow f join batch_of b on b.id = f.transaction_id`,
    order: "flowed_sequence",
  },
  {
    table: "position",
    // Those without a transaction from before.
    rows: sql`select p.*, f.batch from position p join (
        select t.portfolio_id, t.instrument_id, min(b.batch) as batch
        from transaction t left join batch_of b on b.id = t.id
        group by t.portfolio_id, t.instrument_id having bool_and(b.id is not null)
      ) f on f.portfolio_id = p.portfolio_id and f.instrument_id = p.instrument_id`,
    order: "last_order_sequence",
  },
];

/** Has the server write the files. Returns what is in them, in a form in which equal rows are equal. */
export async function writeAddedRows(
  database: BenchDatabase,
  batches: readonly PlannedTrade[][],
): Promise<string> {
  const owner = openOwner(database.ownerUrl);
  await nameBatches(owner, batches);
  for (const { rows, order, columns, fileOf } of await copiesOf(owner)) {
    for (const batch of batches.keys()) {
      await sql`copy (
        select ${columns} from (${rows}) added where batch = ${sql.lit(batch)} order by ${sql.ref(order)}
      ) to ${fileOf(batch)}`.execute(owner);
    }
  }
  const content = await contentOf(owner);
  await owner.destroy();
  return content;
}

/** Loads the files, one COPY a table and one commit a batch. Shape: milliseconds of each batch. */
export async function copyIn(database: BenchDatabase, batches: number): Promise<number[]> {
  const owner = openOwner(database.ownerUrl);
  const copies = await copiesOf(owner);
  const times: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const statements: RawBuilder<unknown>[] = [];
    for (const { table, columns, fileOf } of copies) {
      if (await isEmpty(owner, fileOf(batch))) continue;
      statements.push(sql`copy ${sql.table(table)} (${columns}) from ${fileOf(batch)}`);
    }
    const startedAt = performance.now();
    await owner.transaction().execute(async (trx) => {
      for (const statement of statements) await statement.execute(trx);
    });
    times.push(performance.now() - startedAt);
  }
  await owner.destroy();
  return times;
}

/** Errors: throws when the batches did not add what writeAddedRows found. */
export async function assertSameAdded(
  database: BenchDatabase,
  batches: readonly PlannedTrade[][],
  expected: string,
): Promise<void> {
  const owner = openOwner(database.ownerUrl);
  await nameBatches(owner, batches);
  const content = await contentOf(owner);
  await owner.destroy();
  if (content !== expected) throw new Error(`COPY brought other rows:\n${expected}\n${content}`);
}

/** Which batch each transaction belongs to, for the one connection of the owner. */
async function nameBatches(owner: Db, batches: readonly PlannedTrade[][]): Promise<void> {
  const trades = batches.flatMap((batch, number) => batch.map(({ id }) => ({ id, number })));
  await sql`create temporary table batch_of as
    select * from unnest(${trades.map(({ id }) => id)}::uuid[], ${trades.map(({ number }) => number)}::integer[])
      as b (id, batch)`.execute(owner);
  await sql`create index on batch_of (id)`.execute(owner);
  await sql`analyze batch_of`.execute(owner);
}

async function contentOf(owner: Db): Promise<string> {
  const parts: string[] = [];
  for (const { table, rows } of ADDED) {
    const { rows: found } = await sql<{ content: string }>`
      select concat_ws(':', count(*), sum(hash_record_extended(added, 0)), (select count(*) from ${sql.table(table)}))
        as content from (${rows}) added`.execute(owner);
    parts.push(`${table} ${found[0]!.content}`);
  }
  return parts.join(", ");
}

/** The tables with all their columns but the generated ones, which COPY does not take, and where a batch's file is. */
async function copiesOf(owner: Db) {
  const { rows } = await sql<{ folder: string }>`
    select current_setting('data_directory') as folder`.execute(owner);
  return Promise.all(
    ADDED.map(async (added) => ({
      ...added,
      columns: await columnsOf(owner, added.table),
      fileOf: (batch: number) => sql.lit(`${rows[0]!.folder}/batch-${batch}-${added.table}.copy`),
    })),
  );
}

async function columnsOf(owner: Db, table: string): Promise<RawBuilder<unknown>> {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = ''
    order by attnum`.execute(owner);
  return sql.join(rows.map(({ name }) => sql.ref(name)));
}

async function isEmpty(owner: Db, file: RawBuilder<unknown>): Promise<boolean> {
  const { rows } = await sql<{ size: number }>`select (pg_stat_file(${file})).size`.execute(owner);
  return rows[0]!.size === 0;
}
