/* A transaction that cannot be matched: its portfolio stops exactly before it, nothing is skipped, and nobody else waits. */
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { letTimePass, mendLots, POISON, poisonLots } from "#testing/poison.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader, type TradeWords } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { SLOW_ATTEMPTS_MAX } from "#use-cases/match-to-failure.ts";
import { matchPortfolios, type MatcherDependencies } from "./handlers/match-announced.ts";
import { retryFailing } from "./retry-failing.ts";
import { startSweeper } from "./sweeper.ts";

let database: TestDatabase;
let trader: Trader;
let matcher: MatcherDependencies;
let a: string;
let b: string;

beforeAll(async () => {
  database = await createTestDatabase();
  matcher = { db: database.worker, fanOut: inProcessFanOut({ log }), log };
});
afterAll(() => database.drop());
beforeEach(async () => {
  trader = await new Trader(database.api).register();
  [a, b] = (await trader.portfolios(2)) as [string, string];
  await poisonLots(database.owner);
});
afterEach(() => mendLots(database.owner));

const day = (number: number) => `2026-01-${String(number).padStart(2, "0")}T10:00:00Z`;
const bad: TradeWords = { quantity: POISON, at: day(13) };
const good = (number: number): TradeWords => ({ quantity: "1", at: day(number) });

const transfer = (from: string, to: string, quantity: string, number: number) =>
  trader.recordAny([
    {
      portfolioId: from,
      type: "transfer",
      symbol: "ACME.SIM",
      quantity,
      toPortfolioId: to,
      tradedAt: day(number),
    },
  ]);

/** What a matcher does with news: a batch, then a look at those that failed. */
async function match(portfolioIds: readonly string[]): Promise<void> {
  await matchPortfolios(matcher, portfolioIds);
  await retryFailing(matcher);
}

async function stateOf(portfolioId: string) {
  const { rows } = await sql<Record<string, unknown>>`
    select h.head_sequence as head, s.applied_sequence as applied, s.failures, s.parked_reason as reason,
      s.parked_portfolio_id as blamed, s.parked_sequence as sequence, s.parked_transaction_id as transaction
    from portfolio_state s join ledger_head h using (portfolio_id)
    where portfolio_id = ${portfolioId}`.execute(database.owner);
  return rows[0];
}

const WELL = { failures: 0, reason: null, blamed: null, sequence: null, transaction: null };

async function lettersOf(portfolioId: string) {
  const { rows } = await sql<Record<string, unknown>>`
    select sequence, transaction_id as transaction, state, attempts, reason, detail from dead_letter
    where portfolio_id = ${portfolioId} order by first_failed_at`.execute(database.owner);
  return rows;
}

async function expectReplayed(portfolioIds: readonly string[]): Promise<void> {
  const { behind, differences } = await checkRebuild(database.worker, portfolioIds);
  expect({ behind, differences }).toEqual({ behind: 0, differences: [] });
}

describe("a transaction that cannot be matched", () => {
  test("parks its portfolio exactly before it, and the others in its batch are matched", async () => {
    const others = await trader.portfolios(20);
    for (const id of others) await trader.record(id, [good(1)]);
    const [, , culprit] = await trader.record(a, [good(1), good(2), bad, good(4), good(5)]);
    await match([...others.slice(0, 9), a, ...others.slice(9)]);
    await expectReplayed(others);
    expect(await stateOf(a)).toEqual({
      head: 5,
      applied: 2,
      failures: 1,
      reason: "cannot-be-matched",
      blamed: a,
      sequence: 3,
      transaction: culprit,
    });
    const [letter] = await lettersOf(a);
    expect(letter).toMatchObject({ sequence: 3, transaction: culprit, state: "open", attempts: 1 });
    expect(letter?.detail).toMatch(
      /violates check constraint "poison"[^]*SQLSTATE 23514\ntable tax_lot\n[^]*\n +at /,
    );
    // What is stored is what a replay of the ledger up to there gives.
    expect((await checkRebuild(database.worker, [a])).differences).toEqual([]);
  });

  test.each([1, 2, 7, 30])("is found wherever it is: as number %i of 30", async (place) => {
    const trades = Array.from({ length: 30 }, (_, index) => (index + 1 === place ? bad : good(index + 1)));
    await trader.record(a, trades);
    await match([a]);
    expect(await stateOf(a)).toMatchObject({ applied: place - 1, sequence: place });
    await mendLots(database.owner);
    await letTimePass(database.owner);
    await retryFailing(matcher);
    expect(await stateOf(a)).toEqual({ head: 30, applied: 30, ...WELL });
    expect(await lettersOf(a)).toMatchObject([{ state: "replayed", attempts: 1 }]);
    await expectReplayed([a]);
  });

  test("is tried again after one minute, two, four … one hour", async () => {
    await trader.record(a, [bad]);
    await match([a]);
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const { rows } = await sql<{ minutes: number }>`
        select round(extract(epoch from retry_at - last_failed_at) / 60)::integer as minutes
        from portfolio_state where portfolio_id = ${a}`.execute(database.owner);
      delays.push(rows[0]!.minutes);
      await letTimePass(database.owner);
      await retryFailing(matcher);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(await lettersOf(a)).toMatchObject([{ attempts: 10, state: "open" }]);
  });

  test("is told to whoever watches the portfolio", async () => {
    const hints: PositionChanged[] = [];
    const end = await matcher.fanOut.subscribe(portfolioChannel(a), (hint) =>
      hints.push(hint as PositionChanged),
    );
    const [, culprit] = await trader.record(a, [good(1), bad]);
    await match([a]);
    await end();
    expect(hints.at(-1)).toEqual({
      portfolioId: a,
      head: 2,
      applied: 1,
      epoch: 0,
      parked: true,
      transactions: [{ id: culprit, status: "pending", reason: "cannot-be-matched" }],
    });
  });

  test("does not disturb the batches that later news comes with", async () => {
    await trader.record(a, [bad]);
    await match([a]);
    await trader.record(a, [good(14)]);
    await trader.record(b, [good(1)]);
    await match([a, b]);
    expect(await stateOf(a)).toMatchObject({ head: 2, applied: 0, failures: 1 });
    expect(await lettersOf(a)).toMatchObject([{ attempts: 1 }]);
    await expectReplayed([b]);
  });
});

describe("its owner", () => {
  test.each([
    ["edits it", (id: string) => trader.edit(id, { quantity: "14", at: day(13) })],
    ["deletes it", (id: string) => trader.remove(id)],
  ])("%s: everything is matched at once", async (_name, mend) => {
    const [, culprit] = await trader.record(a, [good(1), bad, good(3)]);
    await match([a]);
    await mend(culprit!);
    await match([a]);
    expect(await stateOf(a)).toEqual({ head: 4, applied: 4, ...WELL });
    expect(await lettersOf(a)).toMatchObject([{ state: "replayed" }]);
    await expectReplayed([a]);
  });

  test("edits it while it is still pending: only what is wrong in the end parks", async () => {
    const [first] = await trader.record(a, [bad, good(2)]);
    await trader.edit(first!, { quantity: "14", at: day(13) });
    const [second] = await trader.record(a, [bad, good(5)]);
    await match([a]);
    expect(await stateOf(a)).toMatchObject({ head: 5, applied: 3, sequence: 4, transaction: second });
  });

  test("mends one of two: the portfolio goes on to the other", async () => {
    const [first, , second] = await trader.record(a, [bad, good(2), { ...bad, at: day(14) }]);
    await match([a]);
    await trader.remove(first!);
    await match([a]);
    // The deletion comes after the second in the ledger, so that nothing before it can be matched yet.
    expect(await stateOf(a)).toMatchObject({ head: 4, applied: 0, sequence: 1 });
    await trader.remove(second!);
    await match([a]);
    await letTimePass(database.owner);
    await retryFailing(matcher);
    expect(await stateOf(a)).toEqual({ head: 5, applied: 5, ...WELL });
    await expectReplayed([a]);
  });

  test("changes a setting that cannot be applied, and back", async () => {
    await trader.record(a, [
      { quantity: "13", at: day(1) },
      { quantity: "0.000000000000666", at: day(2) },
    ]);
    await match([a]);
    await trader.change(a, { lotMethod: "average" });
    await match([a]);
    expect(await stateOf(a)).toMatchObject({
      head: 2,
      applied: 2,
      blamed: a,
      sequence: null,
      transaction: null,
    });
    expect(await lettersOf(a)).toMatchObject([{ sequence: null, state: "open" }]);
    await trader.change(a, { lotMethod: "fifo" });
    await match([a]);
    expect(await stateOf(a)).toEqual({ head: 2, applied: 2, ...WELL });
    await expectReplayed([a]);
  });
});

describe("portfolios that a transfer ties together", () => {
  test("are parked together, and each says which transaction is to blame", async () => {
    await trader.record(a, [good(1), good(2)]);
    await transfer(a, b, "1", 3);
    await trader.record(b, [good(4)]);
    const [culprit] = await trader.record(a, [bad]);
    await trader.record(b, [{ type: "sell", quantity: "1", at: day(14) }]);
    await match([b]);
    const blame = { failures: 1, reason: "cannot-be-matched", blamed: a, sequence: 4, transaction: culprit };
    expect(await stateOf(a)).toEqual({ head: 4, applied: 3, ...blame });
    expect(await stateOf(b)).toEqual({ head: 2, applied: 1, ...blame });
    expect(await lettersOf(a)).toMatchObject([{ sequence: 4 }]);
    expect(await lettersOf(b)).toEqual([]);
    await trader.remove(culprit!);
    await match([a]);
    expect(await stateOf(a)).toEqual({ head: 5, applied: 5, ...WELL });
    expect(await stateOf(b)).toEqual({ head: 2, applied: 2, ...WELL });
    await expectReplayed([a, b]);
  });

  test("wait for what is on its way to them, and are refused nothing meanwhile", async () => {
    await trader.record(a, [{ quantity: "5", at: day(1) }]);
    await transfer(a, b, "1", 2);
    await match([a, b]);
    const [culprit] = await trader.record(a, [bad]);
    await match([a]);
    expect(await stateOf(b)).toMatchObject({ applied: 0, ...WELL });
    await transfer(a, b, "3", 14);
    const [sale] = await trader.record(b, [{ type: "sell", quantity: "4", at: day(15) }]);
    await match([b]);
    expect(await stateOf(b)).toMatchObject({ head: 1, applied: 0, blamed: a, transaction: culprit });
    await trader.edit(culprit!, { quantity: "13", at: day(13) });
    await match([a]);
    expect(await stateOf(b)).toEqual({ head: 1, applied: 1, ...WELL });
    const { rows } = await sql`select from rejection where transaction_id = ${sale}`.execute(database.owner);
    expect(rows).toEqual([]);
    await expectReplayed([a, b]);
  });

  test("blame the transfer where what it brings cannot be stored", async () => {
    await trader.record(a, [{ quantity: "20", at: day(1) }]);
    const [moved] = await transfer(a, b, POISON, 2);
    await match([b]);
    expect(await stateOf(a)).toMatchObject({ head: 2, applied: 1, blamed: a, transaction: moved });
    await mendLots(database.owner);
    await letTimePass(database.owner);
    await retryFailing(matcher);
    await expectReplayed([a, b]);
    expect(await stateOf(a)).toEqual({ head: 2, applied: 2, ...WELL });
  });
});

describe("what is no fault of a portfolio", () => {
  /** Fails whenever anything is written to the lots of a portfolio. */
  async function whenWritten(
    portfolioId: string,
    statement: string,
    work: () => Promise<void>,
  ): Promise<void> {
    await sql
      .raw(
        `create function fail() returns trigger language plpgsql as $$begin ${statement}; return new; end$$`,
      )
      .execute(database.owner);
    await sql
      .raw(
        `create trigger fail before insert on tax_lot for each row when (new.portfolio_id = '${portfolioId}')
        execute function fail()`,
      )
      .execute(database.owner);
    try {
      await work();
    } finally {
      await sql`drop function fail cascade`.execute(database.owner);
    }
  }

  test.each([
    ["the connection is cut", "perform pg_terminate_backend(pg_backend_pid())", /terminat/],
    ["the disk is full", "raise 'full' using errcode = '53100'", /^full$/],
    ["a serialization fails", "raise 'again' using errcode = '40001'", /^again$/],
    ["a right is missing", "raise 'denied' using errcode = '42501'", /^denied$/],
    ["a column is not there yet", "raise 'column' using errcode = '42703'", /^column$/],
  ])("%s: nothing is parked, the events come again", async (_name, statement, message) => {
    await trader.record(a, [good(1)]);
    await whenWritten(a, statement, async () => {
      await expect(match([a, b])).rejects.toThrow(message);
    });
    expect(await stateOf(a)).toEqual({ head: 1, applied: 0, ...WELL });
    await match([a, b]);
    await expectReplayed([a, b]);
  });

  test("slowness: it is put off a few times, and parked when it does not go away", async () => {
    const timeouts = { statementMs: 300, queryMs: 2_000 };
    const { db } = openDatabase(database.workerUrl, { log, applicationName: "test", timeouts });
    const impatient = { ...matcher, db };
    const [, slow] = await trader.record(a, [good(1), { ...good(2), symbol: "SLOW.SIM" }, good(3)]);
    await trader.record(b, [good(1)]);
    const isSlow =
      "if (select symbol = 'SLOW.SIM' from instrument where id = new.instrument_id) then perform pg_sleep(20); end if";
    await whenWritten(a, isSlow, async () => {
      await matchPortfolios(impatient, [a, b]);
      await expectReplayed([b]);
      for (let failures = 2; failures <= SLOW_ATTEMPTS_MAX; failures += 1) {
        await letTimePass(database.owner);
        await retryFailing(impatient);
        expect(await stateOf(a)).toEqual({ head: 3, applied: 0, ...WELL, failures });
      }
      await letTimePass(database.owner);
      await retryFailing(impatient);
      expect(await stateOf(a)).toMatchObject({ applied: 1, reason: "takes-too-long", transaction: slow });
    });
    await db.destroy();
    await letTimePass(database.owner);
    await retryFailing(matcher);
    expect(await stateOf(a)).toEqual({ head: 3, applied: 3, ...WELL });
    await expectReplayed([a]);
  });

  test("stored figures that do not fit together are replaced by those of the ledger, before anything is parked", async () => {
    await trader.record(a, [{ quantity: "10", at: day(1) }]);
    await match([a]);
    await sql`update tax_lot set remaining_quantity = 0 where portfolio_id = ${a}`.execute(database.owner);
    await trader.record(a, [{ type: "sell", quantity: "5", at: day(2) }, good(3)]);
    await match([a]);
    expect(await stateOf(a)).toEqual({ head: 3, applied: 3, ...WELL });
    expect(await lettersOf(a)).toEqual([]);
    await expectReplayed([a]);
  });
});

describe("the sweeper", () => {
  test("parks and goes on by itself, with several matchers at once and no announcement at all", async () => {
    const ids = await trader.portfolios(30);
    for (const [index, id] of ids.entries()) {
      await trader.record(id, [good(1), index % 3 === 0 ? bad : good(2), good(3)]);
    }
    const sweepers = [1, 2].flatMap(() => startSweeper(matcher));
    const applied = async () => {
      const { rows } = await sql<{ applied: number; count: number }>`
        select applied_sequence as applied, count(*) as count from portfolio_state
        where portfolio_id = any (${ids}::uuid[]) group by 1 order by 1`.execute(database.owner);
      return rows.map((row) => [row.applied, row.count]);
    };
    const within = { timeout: 60_000, interval: 100 };
    await expect.poll(applied, within).toEqual([
      [1, 10],
      [3, 20],
    ]);
    await mendLots(database.owner);
    await letTimePass(database.owner);
    await expect.poll(applied, within).toEqual([[3, 30]]);
    await Promise.all(sweepers.map((part) => part.stop()));
    await expectReplayed(ids);
  });
});
