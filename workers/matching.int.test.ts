import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger as log, type AnnouncedEvent } from "#adapters/ports.ts";
import { findBehind } from "#adapters/postgres/find-behind.ts";
import { outboxConsumer } from "#adapters/postgres/outbox.ts";
import { redisFanOut } from "#adapters/redis/fan-out.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { describeWithRedis } from "#testing/services-for-tests.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader, type TradeWords } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { VERSIONS_PER_TURN } from "#use-cases/share-turn.ts";
import { matchAnnounced, matchPortfolios, type MatcherDependencies } from "./handlers/match-announced.ts";
import { startSweeper } from "./sweeper.ts";

const WITHIN = { timeout: 20_000, interval: 50 };
/** A portfolio that cannot be locked is found three seconds later, a zombie's lock is broken after five. */
const WITHIN_LOCK = { timeout: 30_000, interval: 100 };

let database: TestDatabase;
let trader: Trader;
let matcher: MatcherDependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
  matcher = { db: database.worker, fanOut: inProcessFanOut({ log }), log };
});
afterAll(() => database.drop());

/** Trades of which some are backdated: recorded one after the other they take every path of matching. */
const STORY: readonly TradeWords[] = [
  { quantity: "100", price: "150", at: "2026-01-01T10:00:00Z" },
  { quantity: "50", price: "160", at: "2026-01-02T10:00:00Z" },
  { type: "sell", quantity: "80", price: "170", at: "2026-01-03T10:00:00Z" },
  { type: "sell", quantity: "90", price: "175", at: "2026-01-04T10:00:00Z" },
  { quantity: "25", price: "140", fees: "1", at: "2025-12-30T10:00:00Z" },
  { symbol: "GLOBEX.SIM", quantity: "3", price: "10", at: "2026-01-02T10:00:00Z" },
];

/** Records the story in each portfolio, and returns the announcements in order, taken out of the outbox. */
async function tell(portfolioIds: readonly string[]): Promise<AnnouncedEvent[]> {
  for (const trade of STORY) await Promise.all(portfolioIds.map((id) => trader.record(id, [trade])));
  return takeAnnouncements(portfolioIds);
}

async function takeAnnouncements(portfolioIds: readonly string[]): Promise<AnnouncedEvent[]> {
  const { rows } = await sql<{ portfolio_id: string; sequence: number }>`
    delete from outbox where portfolio_id = any (${portfolioIds}::uuid[]) returning portfolio_id, sequence`.execute(
    database.owner,
  );
  return rows
    .map((row) => ({ portfolioId: row.portfolio_id, sequence: row.sequence }))
    .toSorted((a, b) => a.sequence - b.sequence);
}

interface Progress {
  readonly head: number;
  readonly applied: number;
  readonly parked: string | null;
}

async function progressOf(portfolioIds: readonly string[]): Promise<Progress[]> {
  const { rows } = await sql<Progress>`
    select h.head_sequence as head, s.applied_sequence as applied, s.parked_reason as parked
    from portfolio_state s join ledger_head h using (portfolio_id)
    where portfolio_id = any (${portfolioIds}::uuid[])
    order by array_position(${portfolioIds}::uuid[], portfolio_id)`.execute(database.owner);
  return rows;
}

async function behind(portfolioIds: readonly string[]): Promise<number> {
  return (await progressOf(portfolioIds)).filter(({ head, applied }) => applied < head).length;
}

/** All figures are those of the story, and those of a replay. */
async function expectTold(portfolioIds: readonly string[]): Promise<void> {
  expect(await behind(portfolioIds)).toBe(0);
  const report = await checkRebuild(database.worker, portfolioIds);
  expect(report.differences).toEqual([]);
  const { rows } = await sql`
    select distinct i.symbol, p.quantity, p.cost_basis, p.realized_gain
    from position p join instrument i on i.id = p.instrument_id
    where p.portfolio_id = any (${portfolioIds}::uuid[]) order by i.symbol`.execute(database.owner);
  expect(rows).toEqual([
    // 25 at 140.04, 100 at 150 and 45 of 50 at 160 were sold for 80 × 170 + 90 × 175; 5 at 160 are left.
    { symbol: "ACME.SIM", quantity: "5", cost_basis: "800", realized_gain: "3649" },
    { symbol: "GLOBEX.SIM", quantity: "3", cost_basis: "30", realized_gain: "0" },
  ]);
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  // A linear congruential generator: a shuffle that is the same in every run.
  let state = seed;
  const next = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
  return list
    .map((value) => ({ value, key: next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe("level-triggered matching", () => {
  const lastOfEach = (events: readonly AnnouncedEvent[]) => [
    ...new Map(events.map((event) => [event.portfolioId, event])).values(),
  ];

  test.each<[string, (events: AnnouncedEvent[]) => AnnouncedEvent[]]>([
    ["once, in order", (events) => events],
    ["twice", (events) => events.flatMap((event) => [event, event])],
    ["twice, one after the other", (events) => [...events, ...events]],
    ["in reverse", (events) => events.toReversed()],
    ["shuffled", (events) => shuffled(events, 1)],
    ["twice and shuffled", (events) => shuffled([...events, ...events], 2)],
    ["the last of each portfolio alone", lastOfEach],
    ["the first of each portfolio alone", (events) => lastOfEach(events.toReversed())],
    [
      "with a sequence that was never given",
      (events) => events.map((event) => ({ ...event, sequence: 999 })),
    ],
  ])("comes to the same with announcements delivered %s", async (_name, deliver) => {
    const ids = await trader.portfolios(10);
    const handler = matchAnnounced(matcher);
    const events = deliver(await tell(ids));
    for (let from = 0; from < events.length; from += 7) await handler(events.slice(from, from + 7));
    await expectTold(ids);
  });

  test("comes to the same when each trade is matched before the next is recorded", async () => {
    const ids = await trader.portfolios(10);
    for (const trade of STORY) {
      await Promise.all(ids.map((id) => trader.record(id, [trade])));
      await matchPortfolios(matcher, ids);
    }
    await expectTold(ids);
  });

  test("comes to the same with no announcement delivered at all: the sweeper finds what is behind", async () => {
    const ids = await trader.portfolios(60);
    await tell(ids);
    const sweeper = startSweeper(matcher);
    await expect.poll(() => behind(ids), WITHIN).toBe(0);
    await Promise.all(sweeper.map((part) => part.stop()));
    await expectTold(ids);
  });

  test("finds a portfolio by its oldest unmatched trade, however young the newest is", async () => {
    const [id] = (await trader.portfolios(1)) as [string];
    const old = { olderThanMs: 1_500, limit: 1_000 };
    await trader.record(id, [STORY[0]!]);
    expect(await findBehind(database.worker, old)).not.toContain(id);
    await sql`update transaction set recorded_at = recorded_at - interval '2 seconds'
      where portfolio_id = ${id}`.execute(database.owner);
    await trader.record(id, [STORY[1]!]);
    expect(await findBehind(database.worker, old)).toContain(id);
    await matchPortfolios(matcher, [id]);
    expect(await findBehind(database.worker, old)).not.toContain(id);
  });

  test("makes everything derived anew from the ledger when it was thrown away", async () => {
    const ids = await trader.portfolios(5);
    await matchAnnounced(matcher)(await tell(ids));
    for (const table of ["disposal_slice", "disposal", "tax_lot", "rejection", "position"]) {
      await sql`delete from ${sql.table(table)} where portfolio_id = any (${ids}::uuid[])`.execute(
        database.owner,
      );
    }
    await sql`update portfolio_state set applied_sequence = 0 where portfolio_id = any (${ids}::uuid[])`.execute(
      database.owner,
    );
    await matchPortfolios(matcher, ids);
    await expectTold(ids);
  });

  test("takes an import of more than a turn in several, with the others in between", async () => {
    const [large, small] = (await trader.portfolios(2)) as [string, string];
    const hour = (index: number) => new Date(Date.UTC(2020, 0, 1, index)).toISOString();
    const many = Array.from({ length: VERSIONS_PER_TURN + 100 }, (_, index) => ({ at: hour(index) }));
    for (let from = 0; from < many.length; from += 500)
      await trader.record(large, many.slice(from, from + 500));
    await trader.record(small, [STORY[0]!]);
    await takeAnnouncements([large, small]);
    await matchPortfolios(matcher, [large, small]);
    expect(await progressOf([large, small])).toMatchObject([{ applied: VERSIONS_PER_TURN }, { applied: 1 }]);
    const [again] = await takeAnnouncements([large, small]);
    expect(again).toEqual({ portfolioId: large, sequence: many.length });
    await matchAnnounced(matcher)([again!]);
    expect(await behind([large])).toBe(0);
    expect((await checkRebuild(database.worker, [large])).differences).toEqual([]);
  });

  test("passes over events that name no portfolio of ours", async () => {
    const [id] = (await trader.portfolios(1)) as [string];
    const events = await tell([id]);
    const strange = ["", "p-1", "null", `${id}'`, `${id} `, "00000000-0000-0000-0000-000000000000"];
    await matchAnnounced(matcher)([
      ...strange.map((portfolioId) => ({ portfolioId, sequence: 1 })),
      ...events.map((event) => ({ ...event, portfolioId: event.portfolioId.toUpperCase() })),
    ]);
    await expectTold([id]);
  });
});

describe("several matchers at once", () => {
  test("match the same portfolios, each transaction once, and never go back", async () => {
    const ids = await trader.portfolios(20);
    const seen: PositionChanged[] = [];
    for (const id of ids) {
      await matcher.fanOut.subscribe(portfolioChannel(id), (change) => seen.push(change as PositionChanged));
    }
    const consumers = [1, 2, 3].map(() =>
      outboxConsumer({ db: database.worker, url: database.workerUrl, log }),
    );
    for (const consumer of consumers) await consumer.start(matchAnnounced(matcher));
    const sweepers = [1, 2].flatMap(() => startSweeper(matcher));
    for (const trade of STORY) {
      await Promise.all([
        ...ids.map((id) => trader.record(id, [trade])),
        matchPortfolios(matcher, ids),
        matchPortfolios(matcher, ids.toReversed()),
      ]);
    }
    await expect.poll(() => behind(ids), WITHIN).toBe(0);
    await Promise.all([...consumers, ...sweepers].map((part) => part.stop()));
    await expectTold(ids);
    // Each match moved its portfolio on, by what nobody else had matched.
    const places = Map.groupBy(seen, (change) => change.portfolioId);
    for (const id of ids) {
      const applied = (places.get(id) ?? []).map((change) => change.applied).toSorted((a, b) => a - b);
      expect(new Set(applied).size).toBe(applied.length);
    }
  });

  test("one that hangs in the middle loses its lock, what it wrote, and holds up only its own portfolio", async () => {
    const [stuck, free] = (await trader.portfolios(2)) as [string, string];
    const events = await tell([stuck, free]);
    const hangs = Promise.withResolvers<void>();
    const goesOn = Promise.withResolvers<void>();
    const zombie = database.worker
      .transaction()
      .execute(async (trx) => {
        await sql`update portfolio_state set applied_sequence = 1 where portfolio_id = ${stuck}`.execute(trx);
        hangs.resolve();
        await goesOn.promise;
        await sql`update portfolio_state set applied_sequence = 2 where portfolio_id = ${stuck}`.execute(trx);
      })
      .catch((error: unknown) => error);
    await hangs.promise;
    const handler = matchAnnounced(matcher);
    await expect.poll(() => handler(events).then(() => behind([stuck, free])), WITHIN_LOCK).toBe(0);
    goesOn.resolve();
    expect(await zombie).toBeInstanceOf(Error);
    expect(await progressOf([stuck])).toMatchObject([{ applied: STORY.length, parked: null }]);
    await expectTold([stuck, free]);
  });
});

await describeWithRedis("with Redis", (redis) => {
  test("matching does not wait for hints that a hanging Redis cannot take", async () => {
    const fanOut = redisFanOut({ url: redis.url, log });
    await fanOut.subscribe("warm", () => {});
    const ids = await trader.portfolios(100);
    const events = await tell(ids);
    process.kill(redis.pid, "SIGSTOP");
    try {
      const began = performance.now();
      await matchAnnounced({ ...matcher, fanOut })(events);
      expect(performance.now() - began).toBeLessThan(5_000);
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
    await expectTold(ids);
    await fanOut.close();
  });
});
