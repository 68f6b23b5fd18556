import { sql } from "kysely";
import { silentLogger } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { openPipeline } from "./b3-pipeline.ts";
import type { BenchmarkContext } from "./benchmark.ts";
import { openOwner, type BenchDatabase, type BenchServer } from "./setup/bench-server.ts";
import { TradingPortfolios } from "./setup/portfolios.ts";
import { SYMBOLS } from "./setup/trade-stream.ts";

/** Trades that are recorded and matched together while a history is made: few at first, then ever more. */
const FIRST_BATCH = 500;
const LAST_BATCH = 8_000;

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
  const pipeline = openPipeline(template, folder);
  let batch = FIRST_BATCH;
  for (let made = 0; made < size.history; batch = Math.min(batch * 2, LAST_BATCH)) {
    const each = Math.min(Math.ceil(batch / size.portfolios), size.history - made);
    await pipeline.process(portfolios.nextOfEach(each));
    made += each;
    // What autovacuum would do within a minute: statistics of empty tables make for bad plans.
    if (batch < LAST_BATCH) await sql`analyze`.execute(owner);
  }
  await pipeline.close();
  await sql`vacuum (analyze)`.execute(owner);
  await owner.destroy();
  const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  say(
    `prepared ${size.portfolios} portfolios × ${size.history} transactions in ` +
      `${inSeconds(performance.now() - startedAt)} (recording ${inSeconds(pipeline.times.record)}, ` +
      `matching ${inSeconds(pipeline.times.match)})`,
  );
  return { template, portfolios };
}

/**
 * What a database holds, in a form in which equal contents are equal, whatever the order and the zeros at the end. Places in the
 * ledger's order are left out: the sides number portfolios that have nothing to do with each other differently.
 */
export async function fingerprint(database: BenchDatabase): Promise<string> {
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
