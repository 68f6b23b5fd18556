import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { silentLogger } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import type { BenchmarkContext } from "../benchmark.ts";
import { openOwner, type BenchDatabase, type BenchServer } from "../setup/bench-server.ts";
import { TradingPortfolios } from "../setup/portfolios.ts";
import { SYMBOLS } from "../setup/trade-stream.ts";
import { inBatches, openPipeline, SIDE_BY_SIDE } from "./pipeline.ts";

/** Trades between two looks at the statistics while a history is made: few at first, then ever more. */
const FIRST_PART = 500;
const LAST_PART = 32_000;
const PREPARED_AT_ONCE = 4_000;
/** Lets the server write out and clean up what belongs to one measurement, and not to the next. */
const REST_MS = 200;

export interface Ledgers {
  /** To be copied, once for each measurement, so that all begin with the same bytes. */
  readonly template: BenchDatabase;
  readonly portfolios: TradingPortfolios;
}

/** A database in which every portfolio has a history, recorded and matched by the product. */
export async function prepareLedgers(
  server: BenchServer,
  { folder, say }: BenchmarkContext,
  size: { portfolios: number; history: number },
): Promise<Ledgers> {
  const startedAt = performance.now();
  const template = await server.createDatabase(`template_${size.portfolios}_${size.history}`);
  const owner = openOwner(template.ownerUrl);
  // All instruments are there from the start, so that both sides know them by the same ids.
  await sql`insert into instrument (symbol) select unnest(${[...SYMBOLS]}::text[])`.execute(owner);
  const api = openDatabase(template.apiUrl, { log: silentLogger, applicationName: "bench" });
  const portfolios = new TradingPortfolios();
  await portfolios.create(api.db, size.portfolios);
  await api.db.destroy();
  const pipeline = await openPipeline(template, { folder });
  let part = FIRST_PART;
  for (let made = 0; made < size.history; part = Math.min(part * 2, LAST_PART)) {
    const each = Math.min(Math.ceil(part / size.portfolios), size.history - made);
    await pipeline.process(inBatches(portfolios.nextOfEach(each), PREPARED_AT_ONCE), SIDE_BY_SIDE);
    made += each;
    // What autovacuum would do within a minute: statistics of empty tables make for bad plans.
    await sql`analyze`.execute(owner);
  }
  await pipeline.close();
  await sql`vacuum (analyze)`.execute(owner);
  await owner.destroy();
  say(
    `prepared ${size.portfolios} portfolios × ${size.history} transactions in ` +
      `${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  return { template, portfolios };
}

/** Measures on a copy of the ledgers, which is gone afterwards. */
export async function onCopy<T>(
  server: BenchServer,
  { template }: Ledgers,
  measure: (copy: BenchDatabase) => Promise<T>,
): Promise<T> {
  const copy = await server.createDatabase(`copy_of_${template.name}`, template);
  const measured = await measure(copy);
  await server.dropDatabase(copy);
  await delay(REST_MS);
  return measured;
}

/** Holds databases that took the same trades against each other. Errors: what it returns throws when two differ. */
export function contentComparison(): (database: BenchDatabase) => Promise<void> {
  let expected: string | undefined;
  return async (database) => {
    const content = await fingerprint(database);
    expected ??= content;
    if (content !== expected) throw new Error(`the sides differ:\n${expected}\n${content}`);
  };
}

/**
 * What a database holds, in a form in which equal contents are equal, whatever the order and the zeros at the end. Places in the
 * ledger's order are left out: the sides number portfolios that have nothing to do with each other differently.
 */
async function fingerprint(database: BenchDatabase): Promise<string> {
  const owner = openOwner(database.ownerUrl);
  const { rows } = await sql<{ content: string }>`
    select concat_ws(' ',
      (select count(*) || ':' || sum(hash_record_extended(row (portfolio_id, sequence, id, type, quantity, price, fees,
        traded_at), 0)) from transaction),
      (select count(*) || ':' || sum(hash_record_extended(row (portfolio_id, instrument_id, currency, quantity, unit,
        cost_basis, realized_gain, fees, last_traded_at), 0)) from position),
      (select count(*) || ':' || sum(hash_record_extended(row (portfolio_id, instrument_id, id, side, opened_at,
        opened_date, original_quantity, original_cost, remaining_quantity, unit), 0)) from tax_lot),
      (select count(*) || ':' || sum(hash_record_extended(row (portfolio_id, transaction_id, instrument_id, side,
        disposed_at, disposed_date, quantity, unit, proceeds, cost_basis, realized_gain), 0)) from disposal),
      (select count(*) || ':' || sum(hash_record_extended(s, 0)) from disposal_slice s),
      (select count(*) from rejection)) as content`.execute(owner);
  await owner.destroy();
  return rows[0]!.content;
}

/** Errors: throws when something recorded is not matched yet. */
export async function assertMatched(database: BenchDatabase): Promise<void> {
  const owner = openOwner(database.ownerUrl);
  const { rows } = await sql<{ behind: number; announced: number }>`
    select (select count(*) from portfolio_state s join ledger_head h using (portfolio_id)
        where s.applied_sequence <> h.head_sequence)::integer as behind,
      (select count(*) from outbox)::integer as announced`.execute(owner);
  await owner.destroy();
  const { behind, announced } = rows[0]!;
  if (behind > 0 || announced > 0) {
    throw new Error(
      `the pipeline stopped too early: ${behind} portfolios behind, ${announced} announcements`,
    );
  }
}
