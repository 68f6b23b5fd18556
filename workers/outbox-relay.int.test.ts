import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readOutboxDepth } from "#adapters/postgres/outbox-batches.ts";
import { silentLogger as log, type AnnouncedEvent, type EventPublisher } from "#adapters/ports.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { ControlledGate } from "./controlled-gate.ts";
import { BATCH_SIZE_MAX, startOutboxRelay, type OutboxRelay } from "./outbox-relay.ts";

const WITHIN = { timeout: 20_000, interval: 20 };

/** An event log that keeps what it is given, and can be away. */
class KeptEvents implements EventPublisher {
  readonly batches: (readonly AnnouncedEvent[])[] = [];
  /** Asked for before each batch, and again after its events have arrived. */
  readonly faults: {
    before?: () => Promise<void>;
    after?: () => Promise<void>;
    ready?: () => Promise<void>;
  } = {};

  async ready(): Promise<void> {
    await this.faults.ready?.();
  }

  async publish(events: readonly AnnouncedEvent[]): Promise<void> {
    await this.faults.before?.();
    this.batches.push(events);
    await this.faults.after?.();
  }

  async close(): Promise<void> {}

  get events(): AnnouncedEvent[] {
    return this.batches.flat();
  }

  /** The highest sequence that arrived, by portfolio. */
  highest(): Record<string, number> {
    const highest: Record<string, number> = {};
    for (const { portfolioId, sequence } of this.events) {
      highest[portfolioId] = Math.max(sequence, highest[portfolioId] ?? 0);
    }
    return highest;
  }
}

describe("the outbox relay", () => {
  let database: TestDatabase;
  let portfolioIds: string[];
  let kept: KeptEvents;
  let gate: ControlledGate;
  let relays: OutboxRelay[];
  beforeEach(async () => {
    database = await createTestDatabase();
    const trader = await new Trader(database.api).register();
    portfolioIds = await trader.portfolios(12);
    kept = new KeptEvents();
    gate = new ControlledGate({ onIdle: () => {}, leaseMs: 600_000 });
    gate.set(undefined);
    relays = [];
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await database.drop();
  });

  const start = () => {
    const relay = startOutboxRelay({
      db: database.worker,
      url: database.workerUrl,
      publisher: kept,
      gate,
      log,
    });
    relays.push(relay);
    return relay;
  };
  /** Announces `each` further sequences of all portfolios, as recording does. */
  const announce = async (from: number, each = 1) => {
    await sql`insert into outbox (portfolio_id, sequence, correlation_id)
      select id, n, 'request-' || n
      from generate_series(${from}::bigint, ${from + each - 1}::bigint) n
      cross join unnest(${portfolioIds}::uuid[]) id`.execute(database.owner);
    await sql`select pg_notify('outbox', '')`.execute(database.owner);
  };
  const waiting = async () => (await readOutboxDepth(database.worker)).waiting;
  const allAt = (sequence: number) => Object.fromEntries(portfolioIds.map((id) => [id, sequence]));

  test("publishes one event for each portfolio of a batch: the newest, with its correlation id", async () => {
    await announce(1, 5);
    start();
    await expect.poll(waiting, WITHIN).toBe(0);
    expect(kept.batches).toHaveLength(1);
    expect(kept.events).toHaveLength(portfolioIds.length);
    expect(kept.highest()).toEqual(allAt(5));
    expect(new Set(kept.events.map((event) => event.correlationId))).toEqual(new Set(["request-5"]));
  });

  test("is woken by each announcement", async () => {
    start();
    await expect.poll(() => listeners(database), WITHIN).toBe(1);
    const delays: number[] = [];
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      const announcedAt = performance.now();
      await announce(sequence);
      await vi.waitFor(() => expect(kept.highest()).toEqual(allAt(sequence)), {
        timeout: 5_000,
        interval: 2,
      });
      delays.push(performance.now() - announcedAt);
    }
    // It would poll twice a second: ten times would take some 2.5 s.
    expect(delays.toSorted((a, b) => a - b)[5]!).toBeLessThan(200);
  });

  test("shares a backlog with another relay, each announcement to one of them", async () => {
    await announce(1, 600);
    start();
    start();
    await expect.poll(waiting, WITHIN).toBe(0);
    expect(kept.highest()).toEqual(allAt(600));
    const seen = kept.events.map(({ portfolioId, sequence }) => `${portfolioId}/${sequence}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test("publishes again what may not have arrived, and what has, but was not forgotten in time", async () => {
    const failures = [
      () => (kept.faults.before = failOnce("before")),
      () => (kept.faults.after = failOnce("after")),
      () => (kept.faults.after = terminateOnce),
    ];
    let terminated = 0;
    async function terminateOnce() {
      if (terminated > 0) return;
      terminated += 1;
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`.execute(database.owner);
    }
    start();
    for (const [index, fail] of failures.entries()) {
      kept.faults.before = kept.faults.after = () => Promise.resolve();
      fail();
      await announce(index + 1);
      await vi.waitFor(() => expect(kept.highest()).toEqual(allAt(index + 1)), WITHIN);
      await expect.poll(waiting, WITHIN).toBe(0);
    }
    expect(terminated).toBe(1);
    // Twice each: what failed after it had arrived, and what arrived before its connection was lost.
    expect(kept.events.filter(({ sequence }) => sequence === 2)).toHaveLength(2 * portfolioIds.length);
    expect(kept.events.filter(({ sequence }) => sequence === 3)).toHaveLength(2 * portfolioIds.length);
  });

  test("locks nothing while the event log is away; then the backlog goes out in batches, small ones first", async () => {
    let attempts = 0;
    kept.faults.ready = () => {
      attempts += 1;
      return Promise.reject(new Error("away"));
    };
    start();
    await announce(1, 700);
    await expect.poll(() => attempts, WITHIN).toBeGreaterThan(3);
    expect(await waiting()).toBe(700 * portfolioIds.length);
    const { rows } = await sql`select id from outbox for update nowait`.execute(database.owner);
    expect(rows).toHaveLength(700 * portfolioIds.length);
    const sizes: number[] = [];
    const counted = vi.spyOn(kept, "publish").mockImplementation(async (events) => {
      kept.batches.push(events);
      sizes.push((await readOutboxDepth(database.worker)).waiting);
    });
    delete kept.faults.ready;
    await expect.poll(waiting, WITHIN).toBe(0);
    counted.mockRestore();
    expect(kept.highest()).toEqual(allAt(700));
    // Two full batches are taken at a time at most; the first ones have a hundred, two hundred, ….
    const inTable = [8_400, 8_300, 8_100, 7_700];
    expect(sizes.length).toBeGreaterThanOrEqual(8_400 / BATCH_SIZE_MAX + 3);
    expect(sizes[0]).toBe(inTable[0]);
    expect(sizes.slice(0, 4)).toEqual(inTable);
  });

  test("stops at once while the event log does not answer", async () => {
    kept.faults.ready = () => new Promise(() => {});
    const relay = start();
    await announce(1);
    const began = performance.now();
    await relay.stop();
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(await waiting()).toBe(portfolioIds.length);
  });

  test("a stop waits for the batch in hand, and takes no other", async () => {
    const arrived = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    kept.faults.after = () => {
      arrived.resolve();
      return held.promise;
    };
    const relay = start();
    await announce(1);
    await arrived.promise;
    const stopping = relay.stop();
    await announce(2);
    held.resolve();
    await stopping;
    expect(kept.highest()).toEqual(allAt(1));
    expect(await waiting()).toBe(portfolioIds.length);
  });

  test("publishes nothing while it is paused, and everything afterwards", async () => {
    start();
    await announce(1);
    await vi.waitFor(() => expect(kept.highest()).toEqual(allAt(1)), WITHIN);
    gate.set(1);
    await expect.poll(() => gate.busyForMs, WITHIN).toBeUndefined();
    // Each of these would have woken it.
    for (let sequence = 2; sequence <= 50; sequence += 1) await announce(sequence);
    expect(kept.highest()).toEqual(allAt(1));
    expect(await waiting()).toBe(49 * portfolioIds.length);
    gate.set(undefined);
    await vi.waitFor(() => expect(kept.highest()).toEqual(allAt(50)), WITHIN);
  });
});

function failOnce(what: string): () => Promise<void> {
  let failed = false;
  return () => {
    if (failed) return Promise.resolve();
    failed = true;
    return Promise.reject(new Error(`failed once ${what} the events arrived`));
  };
}

async function listeners(database: TestDatabase): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
    where application_name = 'lotwise outbox listener' and datname = current_database()
      and query like 'listen %' and state = 'idle'`.execute(database.owner);
  return rows[0]!.count;
}
