import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { silentLogger, type Logger } from "#adapters/ports.ts";
import {
  findReconciliation,
  insertDueReconciliation,
  insertReconciliation,
  listFindings,
  listReconciliations,
} from "#adapters/postgres/reconciliations.ts";
import { longHistory } from "#testing/long-history.ts";
import { RandomLedger } from "#testing/random-ledger.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { REPLAYED_PER_COMMIT } from "#use-cases/find-excess.ts";
import { reconcileSlice } from "#use-cases/reconcile.ts";
import { startLongTasks } from "./long-tasks.ts";
import { replayCheck, startReconciler } from "./reconciler.ts";

const WITHIN = { timeout: 50_000, interval: 50 };

let database: TestDatabase;
let trader: Trader;
let portfolioIds: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
  const ledger = await new RandomLedger(trader, 21).begin();
  for (let round = 0; round < 12; round += 1) await ledger.playRound();
  const [empty, deleted] = (await trader.portfolios(2)) as [string, string];
  await trader.record(deleted, longHistory(5));
  portfolioIds = [...ledger.portfolioIds, empty, deleted].toSorted();
  await matchEverything(database.worker, portfolioIds);
  await trader.deletePortfolio(deleted);
  await sql`delete from outbox`.execute(database.owner);
});
afterAll(() => database.drop());
beforeEach(() =>
  sql`update reconciliation_run set finished_at = now() where finished_at is null`.execute(database.owner),
);

async function begin(isFull: boolean): Promise<string> {
  const id = randomUUID();
  expect(await insertReconciliation(database.operator, { id, requestedBy: "test", isFull })).toBe(true);
  return id;
}

/** Goes through a whole round and returns what came of it. */
async function reconcile(isFull = true) {
  const id = await begin(isFull);
  while ((await reconcileSlice(database.worker, replayCheck(database.worker)))?.isFinished === false);
  return {
    ...(await findReconciliation(database.operator, id))!,
    breaches: await listFindings(database.operator, id, 100),
  };
}

describe("a round of reconciliation", () => {
  test("checks, seals and replays everybody's portfolios and finds nothing where all is well", async () => {
    const round = await reconcile();
    expect(round).toMatchObject({ portfolios: portfolioIds.length, findings: 0, breaches: [] });
    expect(round.replayed).toBe(portfolioIds.length - 1);
    expect(round.finished_at).not.toBe(null);
    const { rows } = await sql<{ sealed: boolean }>`
      select coalesce(max(l.sequence), 0) = s.applied_sequence as sealed
      from portfolio_state s left join ledger_seal l using (portfolio_id)
      group by s.portfolio_id, s.applied_sequence`.execute(database.owner);
    expect(rows.map(({ sealed }) => sealed)).toEqual(portfolioIds.map(() => true));
  });

  test("replays a sample, another one each time, until it has replayed all", async () => {
    await sql`delete from reconciliation_run`.execute(database.owner);
    let replayed = 0;
    for (let round = 0; round < 24; round += 1) replayed += (await reconcile(false)).replayed;
    expect(replayed).toBe(portfolioIds.length - 1);
  });

  test.each([
    [
      "a figure that no sum shows",
      "update tax_lot set opened_date = opened_date + 1",
      "figures-are-a-replay",
    ],
    ["a cost", "update position set cost_basis = cost_basis + 1 where quantity > 0", "cost-is-in-lots"],
    ["a byte of the ledger", "update transaction set notes = 'x' where sequence = 2", "ledger-is-as-sealed"],
  ])("tells %s", async (_name, statement, law) => {
    await reconcile();
    const restore = await keepTables();
    await sql.raw(statement).execute(database.owner);
    const { findings, breaches } = await reconcile();
    expect(breaches.map((breach) => breach.law)).toContain(law);
    expect(findings).toBe(breaches.length);
    await restore();
    expect(await reconcile()).toMatchObject({ findings: 0 });
  });

  test("tells also what cannot be replayed at all, and goes on", async () => {
    const restore = await keepTables();
    await sql`alter table transaction drop constraint transaction_fees_exact`.execute(database.owner);
    await sql`update transaction set fees = 1e-50 where type = 'buy'`.execute(database.owner);
    const { breaches, portfolios } = await reconcile();
    const failure = breaches.find((breach) => breach.subject === "transaction replay");
    expect(failure?.found).toMatch(/invariant: not a decimal/);
    expect(portfolios).toBe(portfolioIds.length);
    await restore();
  });

  test("tells what nobody matches", async () => {
    const portfolioId = await trader.portfolio();
    await trader.record(portfolioId, [{}]);
    await sql`update transaction set recorded_at = recorded_at - interval '1 hour' where portfolio_id = ${portfolioId}`.execute(
      database.owner,
    );
    expect((await reconcile()).breaches).toMatchObject([
      { portfolio_id: portfolioId, law: "news-are-matched" },
    ]);
    await matchEverything(database.worker, [portfolioId]);
    portfolioIds = [...portfolioIds, portfolioId].toSorted();
    await sql`delete from outbox`.execute(database.owner);
  });
});

/** Keeps the ledger and what is derived from it, and returns how to bring it back. */
async function keepTables(): Promise<() => Promise<void>> {
  const tables = ["transaction", "position", "tax_lot"];
  for (const table of tables) {
    await sql`create table ${sql.table(`kept_${table}`)} as table ${sql.table(table)}`.execute(
      database.owner,
    );
  }
  return async () => {
    for (const table of tables) {
      const kept = sql.table(`kept_${table}`);
      await sql`delete from ${sql.table(table)}`.execute(database.owner);
      const columns =
        table === "tax_lot"
          ? sql`portfolio_id, instrument_id, id, side, opened_at, opened_sequence, opened_date, original_quantity,
              original_cost, remaining_quantity, unit, original_base_cost, opening_rate, unit_cost_numerator,
              unit_cost_denominator`
          : sql`*`;
      const target = table === "tax_lot" ? sql`(${columns})` : sql``;
      await sql`insert into ${sql.table(table)} ${target} select ${columns} from ${kept}`.execute(
        database.owner,
      );
      await sql`drop table ${kept}`.execute(database.owner);
    }
  };
}

describe("rounds", () => {
  test("are one at a time, and due when the last began long enough ago", async () => {
    const id = await begin(false);
    expect(
      await insertReconciliation(database.operator, { id: randomUUID(), requestedBy: "x", isFull: true }),
    ).toBe(false);
    expect(await insertDueReconciliation(database.worker, randomUUID(), 1)).toBe(false);
    await sql`update reconciliation_run set finished_at = now() where id = ${id}`.execute(database.owner);
    expect(await insertDueReconciliation(database.worker, randomUUID(), 3_600)).toBe(false);
    await sql`update reconciliation_run set started_at = started_at - interval '1 hour'`.execute(
      database.owner,
    );
    expect(await insertDueReconciliation(database.worker, randomUUID(), 3_600)).toBe(true);
  });

  test("are worked at by one process at a time, and by the next where one was killed", async () => {
    const id = await begin(false);
    const hangs = Promise.withResolvers<void>();
    const killed = Promise.withResolvers<readonly []>();
    await sql`update reconciliation_run set is_full = true where id = ${id}`.execute(database.owner);
    const first = reconcileSlice(database.worker, () => {
      hangs.resolve();
      return killed.promise;
    });
    await hangs.promise;
    expect(await reconcileSlice(database.worker, () => Promise.resolve([]))).toBeUndefined();
    killed.reject(new Error("killed"));
    await expect(first).rejects.toThrow("killed");
    expect(await findReconciliation(database.operator, id)).toMatchObject({
      portfolios: 0,
      last_portfolio_id: null,
    });
    expect(await reconcileSlice(database.worker, () => Promise.resolve([]))).toMatchObject({ runId: id });
  });

  test("begin by themselves when they are due, and end", async () => {
    await sql`update reconciliation_run set started_at = started_at - interval '1 day'`.execute(
      database.owner,
    );
    const reconciler = startReconciler({ url: database.workerUrl, log: silentLogger, everySeconds: 3_600 });
    await expect
      .poll(newest, WITHIN)
      .toMatchObject({ requested_by: null, finished_at: expect.any(String) as string });
    await reconciler.stop();
    expect(await newest()).toMatchObject({ portfolios: portfolioIds.length, findings: 0 });
  });

  test("log what they find as errors, and replay long histories in their thread", async () => {
    const long = await trader.portfolio();
    await trader.record(long, longHistory(REPLAYED_PER_COMMIT + 1));
    await matchEverything(database.worker, [long]);
    await sql`delete from outbox`.execute(database.owner);
    await sql`update position set fees = fees + 1 where portfolio_id = ${long}`.execute(database.owner);
    const id = await begin(true);
    const errors: object[] = [];
    const log: Logger = { ...silentLogger, error: (words) => errors.push(words) };
    const tasks = startLongTasks({ url: database.workerUrl, log });
    const reconciler = startReconciler({ url: database.workerUrl, log, long: tasks, everySeconds: 0 });
    await expect.poll(newest, WITHIN).toMatchObject({ id, finished_at: expect.any(String) as string });
    await Promise.all([reconciler.stop(), tasks.stop()]);
    expect(errors).toMatchObject([{ runId: id, portfolioId: long, law: "figures-are-a-replay" }]);
  });
});

const newest = async () => (await listReconciliations(database.operator, 1))[0];
