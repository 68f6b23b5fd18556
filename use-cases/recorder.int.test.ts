import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { recordRequests, type RecordRequest } from "#adapters/postgres/ledger.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { lockLedger } from "#testing/locked-ledger.ts";
import { requestOf, type RequestWords } from "#testing/record-requests.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { Recorder } from "./recorder.ts";

/* Group commit on a real database: what each request of a group gets, and what the ledger holds afterwards. */

/** Units: milliseconds. As long as the product waits for a row lock is too long for a test. */
const LOCK_MS = 300;
const WITHIN = { timeout: 5_000, interval: 10 };

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.apiUrl, {
    log,
    applicationName: "recorder test",
    timeouts: { lockMs: LOCK_MS },
  }).db;
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

let calls: (readonly RecordRequest[])[] = [];
afterEach(() => {
  calls = [];
});

/** A recorder whose calls are counted. */
function counted(write: typeof recordRequests = recordRequests): Recorder {
  return new Recorder((requests) => {
    calls.push(requests);
    return write(db, requests);
  });
}

interface Owner {
  readonly user: string;
  readonly portfolio: string;
}

function owners(count: number): Promise<Owner[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const trader = await new Trader(database.api).register();
      return { user: trader.userId, portfolio: await trader.portfolio() };
    }),
  );
}

/** What came of requests that were handed in at once: the sequences given to their entries, or another outcome. */
function recordAll(recorder: Recorder, asked: readonly RequestWords[]): Promise<string[]> {
  return Promise.all(
    asked.map((words) =>
      recorder.record(requestOf(words)).then(
        (result) =>
          result.outcome === "recorded"
            ? result.versions.map(({ sequence }) => String(sequence)).join("+")
            : result.outcome,
        (error: unknown) => (error as Error).message,
      ),
    ),
  );
}

/** The ids of a portfolio in the order of its sequence, which has to be 1, 2, 3, … up to its head. */
async function ledgerOf(portfolio: string): Promise<string[]> {
  const { rows } = await sql<{ id: string; sequence: number; head_sequence: number }>`
    select t.id, t.sequence, h.head_sequence
    from transaction t join ledger_head h on h.portfolio_id = t.portfolio_id
    where t.portfolio_id = ${portfolio} order by t.sequence`.execute(database.owner);
  const sequences = rows.map(({ sequence }) => sequence);
  expect(sequences).toEqual(rows.map((_, index) => index + 1));
  expect(rows.at(-1)?.head_sequence ?? 0).toBe(rows.length);
  return rows.map(({ id }) => id);
}

describe("many at once", () => {
  test("hundreds of requests of many users are one call, gapless in each portfolio", async () => {
    const everybody = await owners(20);
    const ids = new Map(everybody.map(({ portfolio }) => [portfolio, [] as string[]]));
    const asked = Array.from({ length: 400 }, (_, index) => {
      const owner = everybody[index % everybody.length]!;
      const id = randomUUID();
      ids.get(owner.portfolio)!.push(id);
      return { ...owner, ids: [id] };
    });
    const outcomes = await recordAll(counted(), asked);
    expect(calls.map((requests) => requests.length)).toEqual([400]);
    expect(outcomes).toEqual(asked.map((_, index) => String(Math.floor(index / everybody.length) + 1)));
    for (const { portfolio } of everybody) expect(await ledgerOf(portfolio)).toEqual(ids.get(portfolio));
  });

  test("requests that keep coming go in few calls, and none is lost or doubled", async () => {
    const everybody = await owners(10);
    const recorder = counted();
    const clients = Array.from({ length: 100 }, async (_, client) => {
      const owner = everybody[client % everybody.length]!;
      const outcomes: string[] = [];
      for (let trade = 0; trade < 10; trade += 1) {
        outcomes.push(...(await recordAll(recorder, [{ ...owner, entries: 1 + (trade % 3) }])));
      }
      return outcomes;
    });
    const outcomes = (await Promise.all(clients)).flat();
    expect(outcomes.filter((outcome) => !/^\d+(\+\d+)*$/.test(outcome))).toEqual([]);
    expect(calls.length).toBeLessThan(100);
    for (const { portfolio } of everybody) expect((await ledgerOf(portfolio)).length).toBe(10 * 19);
  });
});

describe("each request of a group has its own outcome", () => {
  test("recorded, replayed, refused for its portfolio, its key or its id", async () => {
    const [mine, foreign] = (await owners(2)) as [Owner, Owner];
    const recorder = counted();
    const [used, taken] = [randomUUID(), randomUUID()];
    await recordAll(recorder, [{ ...mine, ids: [used], key: "used" }]);
    await recordAll(recorder, [{ ...mine, ids: [taken] }]);
    calls = [];
    const outcomes = await recordAll(recorder, [
      { ...mine },
      { ...mine, portfolio: foreign.portfolio },
      { ...mine, portfolio: randomUUID() },
      { ...mine, key: "used" },
      { ...mine, ids: [taken], quantity: "2" },
      { ...mine, ids: [taken] },
      { ...mine, ids: [randomUUID(), randomUUID()], key: "new" },
      { ...foreign, key: "used" },
    ]);
    expect(calls.map((requests) => requests.length)).toEqual([7, 1]);
    expect(outcomes).toEqual([
      "3",
      "portfolio-not-found",
      "portfolio-not-found",
      "replayed",
      "id-conflict",
      "2",
      "4+5",
      "1",
    ]);
    expect((await ledgerOf(mine.portfolio)).length).toBe(5);
    expect((await ledgerOf(foreign.portfolio)).length).toBe(1);
  });

  test("a key that was used for another request is refused, whoever else is in the call", async () => {
    const [mine, other] = (await owners(2)) as [Owner, Owner];
    const recorder = counted();
    await recordAll(recorder, [{ ...mine, key: "k" }]);
    const outcomes = await recordAll(recorder, [{ ...mine, key: "k", asks: "1", quantity: "2" }, other]);
    expect(outcomes).toEqual(["key-mismatch", "1"]);
    expect((await ledgerOf(mine.portfolio)).length).toBe(1);
  });

  test("ten with the same key and different ids record once, and get the ids that were recorded", async () => {
    const [mine] = (await owners(1)) as [Owner];
    const recorder = counted();
    const results = await Promise.all(
      Array.from({ length: 10 }, () => recorder.record(requestOf({ ...mine, key: "same" }))),
    );
    const ids = await ledgerOf(mine.portfolio);
    expect(ids.length).toBe(1);
    const [first, ...others] = results;
    expect(first).toMatchObject({ outcome: "recorded", versions: [{ id: ids[0], sequence: 1 }] });
    const replayed = { outcome: "replayed", transactions: [{ portfolioId: mine.portfolio, id: ids[0] }] };
    expect(others).toEqual(Array.from({ length: 9 }, () => replayed));
  });

  test("ten with the same new id record once, and one that says something else is refused", async () => {
    const [mine] = (await owners(1)) as [Owner];
    const ids = [randomUUID()];
    const same = Array.from({ length: 10 }, () => ({ ...mine, ids }));
    const outcomes = await recordAll(counted(), [...same, { ...mine, ids, quantity: "2" }]);
    expect(outcomes).toEqual([...Array<string>(10).fill("1"), "id-conflict"]);
    expect(await ledgerOf(mine.portfolio)).toEqual(ids);
  });

  test("one that makes the whole call fail fails alone", async () => {
    const everybody = await owners(5);
    const asked = everybody.map((owner, index) => ({ ...owner, notes: index === 2 ? "\0" : "" }));
    const outcomes = await recordAll(counted(), asked);
    expect(outcomes.map((outcome) => outcome === "1")).toEqual([true, true, false, true, true]);
    expect(outcomes[2]).toContain("invalid byte sequence for encoding");
    expect(calls.map((requests) => requests.length)).toEqual([5, 1, 1, 1, 1, 1]);
  });
});

describe("when something is in the way", () => {
  test("a locked ledger is in the way of its own user alone", async () => {
    const [locked, ...others] = (await owners(4)) as [Owner, ...Owner[]];
    const release = await lockLedger(database.owner, locked.portfolio);
    const recorder = counted();
    const outcomes = await recordAll(recorder, [locked, ...others]);
    expect(outcomes).toEqual(["canceling statement due to lock timeout", "1", "1", "1"]);
    await release();
    expect(await recordAll(recorder, [locked])).toEqual(["1"]);
  });

  test("a connection that is cut while its call is under way costs nobody anything", async () => {
    const [locked, ...others] = (await owners(4)) as [Owner, ...Owner[]];
    const release = await lockLedger(database.owner, locked.portfolio);
    const recording = recordAll(counted(), [locked, ...others]);
    const cut = async () => {
      const { rows } = await sql<{ pid: number }>`
        select pid from pg_stat_activity
        where application_name = 'recorder test' and wait_event_type = 'Lock'`.execute(database.owner);
      for (const { pid } of rows) await sql`select pg_terminate_backend(${pid})`.execute(database.owner);
      return rows.length;
    };
    await expect.poll(cut, WITHIN).toBe(1);
    await release();
    expect(await recording).toEqual(["1", "1", "1", "1"]);
    expect(calls.map((requests) => requests.length)).toEqual([4, 4]);
  });

  test("an answer that is lost after the commit is asked for again, and nothing is doubled", async () => {
    const everybody = await owners(3);
    let lost = 0;
    const recorder = counted(async (handle, requests) => {
      const recorded = await recordRequests(handle, requests);
      lost += 1;
      if (lost === 1) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      return recorded;
    });
    const asked = everybody.flatMap((owner) => [
      { ...owner, key: "k", ids: [randomUUID(), randomUUID()] },
      { ...owner, ids: [randomUUID()] },
    ]);
    expect(await recordAll(recorder, asked)).toEqual(everybody.flatMap(() => ["replayed", "3"]));
    expect(calls.map((requests) => requests.length)).toEqual([6, 6]);
    for (const { portfolio } of everybody) expect((await ledgerOf(portfolio)).length).toBe(3);
  });
});
