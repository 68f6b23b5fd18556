import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { longHistory } from "#testing/long-history.ts";
import { letTimePass } from "#testing/poison.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { matchEverything, Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { REPLAYED_PER_COMMIT } from "#use-cases/find-excess.ts";
import { matchPortfolios, type MatcherDependencies } from "./handlers/match-announced.ts";
import { LongTasksStopped, startLongTasks, type LongTasks } from "./long-tasks.ts";
import { startSweeper } from "./sweeper.ts";

const WITHIN = { timeout: 30_000, interval: 50 };
const LENGTH = REPLAYED_PER_COMMIT + 500;

let database: TestDatabase;
let trader: Trader;
let matcher: MatcherDependencies & { readonly long: LongTasks };
/** With a history that is too long for a commit, matched, and then one trade near its beginning. */
let long: string;
let short: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
});
afterAll(() => database.drop());
afterEach(() => stop());

beforeEach(async () => {
  const tasks = startLongTasks({ url: database.workerUrl, log });
  stop = () => tasks.stop();
  matcher = { db: database.worker, fanOut: inProcessFanOut({ log }), log, long: tasks };
  [long, short] = (await trader.portfolios(2)) as [string, string];
  await trader.record(long, longHistory(LENGTH));
  await matchEverything(database.worker, [long]);
  await trader.record(long, [{ quantity: "3", at: "2000-01-01T00:10:30Z" }]);
  await trader.record(short, [{}]);
});

async function applied(portfolioId: string): Promise<number> {
  const { rows } = await sql<{ applied: number }>`
    select applied_sequence as applied from portfolio_state where portfolio_id = ${portfolioId}`.execute(
    database.owner,
  );
  return rows[0]!.applied;
}

/** Keeps the row of the long portfolio's position, which its matching comes to last, until it is let go. */
async function holdPosition(): Promise<{ release(): Promise<void> }> {
  const held = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const timeouts = { idleInTransactionMs: 60_000 };
  const { db } = openDatabase(database.ownerUrl, { log, applicationName: "test", timeouts });
  const holding = db
    .transaction()
    .execute(async (trx) => {
      await sql`select from position where portfolio_id = ${long} for update`.execute(trx);
      held.resolve();
      await letGo.promise;
    })
    .finally(() => void db.destroy());
  await held.promise;
  return {
    async release() {
      letGo.resolve();
      await holding;
    },
  };
}

async function untilWaiting(): Promise<void> {
  const waiting = async () => {
    const { rows } = await sql`
      select from pg_stat_activity
      where application_name = 'lotwise long task' and datname = current_database()
        and wait_event_type = 'Lock'`.execute(database.owner);
    return rows.length;
  };
  await expect.poll(waiting, WITHIN).toBe(1);
}

describe("a portfolio with too much to replay", () => {
  test("is matched alone, while the others of its batch are matched at once", async () => {
    const hints: PositionChanged[] = [];
    await matcher.fanOut.subscribe(portfolioChannel(long), (hint) => hints.push(hint as PositionChanged));
    const position = await holdPosition();
    await matchPortfolios(matcher, [long, short]);
    expect([await applied(long), await applied(short)]).toEqual([LENGTH, 1]);
    await untilWaiting();
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
    await position.release();
    await expect.poll(() => applied(long), WITHIN).toBe(LENGTH + 1);
    await expect.poll(() => hints, WITHIN).toMatchObject([{ applied: LENGTH + 1, epoch: 1 }]);
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
  });

  test("holds up nobody by its news meanwhile, and has them matched afterwards", async () => {
    const position = await holdPosition();
    await matchPortfolios(matcher, [long]);
    await untilWaiting();
    await trader.record(long, [{ at: "2030-01-01T00:00:00Z" }]);
    // Another process, which knows nothing of this one's tasks.
    const other = { db: database.worker, fanOut: matcher.fanOut, log };
    const startedAt = performance.now();
    await matchPortfolios(other, [long, short]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect([await applied(long), await applied(short)]).toEqual([LENGTH, 1]);
    await sql`delete from outbox`.execute(database.owner);
    await position.release();
    const announced = () =>
      sql`select from outbox where portfolio_id = ${long}`
        .execute(database.owner)
        .then(({ rows }) => rows.length);
    await expect.poll(announced, WITHIN).toBe(1);
    await matchPortfolios(other, [long]);
    expect(await applied(long)).toBe(LENGTH + 2);
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
  });

  test("is as it was when its process ends half-way, and is found by the sweeper of another", async () => {
    const position = await holdPosition();
    await matchPortfolios(matcher, [long]);
    await untilWaiting();
    await matcher.long.stop();
    await position.release();
    expect(await applied(long)).toBe(LENGTH);
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
    await expect(matcher.long.run("match", long)).rejects.toThrow(LongTasksStopped);

    const tasks = startLongTasks({ url: database.workerUrl, log });
    const sweeper = startSweeper({ ...matcher, long: tasks });
    await expect.poll(() => applied(long), WITHIN).toBe(LENGTH + 1);
    await Promise.all([...sweeper, tasks].map((part) => part.stop()));
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
  });

  test("is parked when it cannot be matched alone either", async () => {
    await sql`alter table transaction drop constraint transaction_quantity_exact`.execute(database.owner);
    await sql`update transaction set quantity = quantity + 1e-30
      where portfolio_id = ${long} and sequence = 3`.execute(database.owner);
    await matchPortfolios(matcher, [long, short]);
    expect(await applied(short)).toBe(1);
    const parked = () =>
      sql<{ reason: string | null }>`
        select parked_reason as reason from portfolio_state where portfolio_id = ${long}`
        .execute(database.owner)
        .then(({ rows }) => rows[0]!.reason);
    const sweeper = startSweeper(matcher);
    await expect.poll(parked, WITHIN).toBe("cannot-be-matched");
    expect(await applied(long)).toBe(LENGTH);
    await sql`update transaction set quantity = quantity - 1e-30
      where portfolio_id = ${long} and sequence = 3`.execute(database.owner);
    await letTimePass(database.owner);
    await expect.poll(() => applied(long), WITHIN).toBe(LENGTH + 1);
    await Promise.all(sweeper.map((part) => part.stop()));
    expect((await checkRebuild(database.worker, [long])).differences).toEqual([]);
  });
});
