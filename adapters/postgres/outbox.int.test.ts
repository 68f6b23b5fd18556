import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { eventConsumerContract, eventsOf, recorder, type EventLog } from "#testing/event-log-contract.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { silentLogger as log, type AnnouncedEvent, type EventConsumer } from "../ports.ts";
import { outboxConsumer } from "./outbox.ts";
import type { Db } from "./pool.ts";

const WITHIN = { timeout: 20_000, interval: 20 };

/** An outbox of a test's own. The contract names portfolios p-1, p-2, …; the table wants some that exist. */
interface Outbox extends EventLog {
  readonly database: TestDatabase;
  /** Announces within the caller's transaction. */
  write(db: Db, events: readonly AnnouncedEvent[]): Promise<void>;
}

async function createOutbox(): Promise<Outbox> {
  const database = await createTestDatabase();
  const trader = await new Trader(database.api).register();
  const portfolios = await trader.portfolios(24);
  const nameOf = (id: string) => `p-${portfolios.indexOf(id) + 1}`;
  const idOf = (name: string) => portfolios[Number(name.slice(2)) - 1]!;
  const write = async (db: Db, events: readonly AnnouncedEvent[]) => {
    await db
      .insertInto("outbox")
      .values(
        events.map(({ portfolioId, sequence, correlationId = null }) => ({
          portfolio_id: idOf(portfolioId),
          sequence,
          correlation_id: correlationId,
        })),
      )
      .execute();
    await sql`select pg_notify('outbox', '')`.execute(db);
  };
  return {
    database,
    write,
    announce: (events) => database.worker.transaction().execute((trx) => write(trx, events)),
    consumer() {
      const consumer = outboxConsumer({
        db: database.worker,
        url: database.workerUrl,
        log,
        batchSizeMax: 40,
      });
      return {
        start: (handler) =>
          consumer.start((events) =>
            handler(events.map((event) => ({ ...event, portfolioId: nameOf(event.portfolioId) }))),
          ),
        stop: () => consumer.stop(),
      };
    },
    dispose: () => database.drop(),
  };
}

eventConsumerContract({ name: "outbox", create: createOutbox });

describe("the outbox", () => {
  let outbox: Outbox;
  let consumers: EventConsumer[];
  beforeEach(async () => {
    outbox = await createOutbox();
    consumers = [];
  });
  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await outbox.dispose();
  });
  const start = async (handler: Parameters<EventConsumer["start"]>[0]) => {
    const consumer = outbox.consumer();
    consumers.push(consumer);
    await consumer.start(handler);
  };
  const owner = <T>(statement: ReturnType<typeof sql<T>>) => statement.execute(outbox.database.owner);
  const LISTENER = sql`application_name = 'lotwise outbox listener' and datname = current_database()`;
  const listeners = async () =>
    (await owner(sql<{ pid: number }>`select pid from pg_stat_activity where ${LISTENER}`)).rows;

  test("loses nothing of eight writers whose commits come in another order than their ids", async () => {
    const seen = recorder();
    await start(seen.handler);
    await start(seen.handler);
    const written: AnnouncedEvent[] = [];
    for (let round = 1; round <= 40; round += 1) {
      const events = eventsOf({ portfolios: 8, each: 1, from: round });
      written.push(...events);
      // All eight have their ids before the first of them commits.
      const gates = events.map(() => Promise.withResolvers<void>());
      const inserted: Promise<void>[] = [];
      const commits = events.map((event, index) => {
        const hasInserted = Promise.withResolvers<void>();
        inserted.push(hasInserted.promise);
        return outbox.database.owner.transaction().execute(async (trx) => {
          await outbox.write(trx, [event]);
          hasInserted.resolve();
          await gates[index]!.promise;
        });
      });
      await Promise.all(inserted);
      for (const [index, gate] of [...gates.entries()].toReversed()) {
        gate.resolve();
        if ((round + index) % 3 === 0) await commits[index];
      }
      await Promise.all(commits);
    }
    await vi.waitFor(() => expect(seen.missing(written)).toEqual([]), WITHIN);
    expect(written).toHaveLength(320);
    expect((await owner(sql`select from outbox`)).rows).toHaveLength(0);
    expect(seen.events, "without faults each event comes once").toHaveLength(written.length);
  });

  test("shares a backlog out between consumers, each event to one of them", async () => {
    const events = eventsOf({ portfolios: 20, each: 50 });
    await outbox.announce(events);
    const seen = [recorder(), recorder(), recorder()];
    for (const { handler } of seen) await start(handler);
    const all = () => seen.flatMap((one) => one.events);
    await vi.waitFor(() => expect(all()).toHaveLength(events.length), WITHIN);
    expect(new Set(all().map(({ portfolioId, sequence }) => `${portfolioId}/${sequence}`)).size).toBe(1_000);
  });

  test("is polled while its listener is away, and listens again soon", async () => {
    const seen = recorder();
    await start(seen.handler);
    await expect.poll(listeners, WITHIN).toHaveLength(1);
    for (let round = 1; round <= 3; round += 1) {
      const [before] = await listeners();
      await owner(sql`select pg_terminate_backend(${before!.pid})`);
      const events = eventsOf({ portfolios: 4, each: 1, from: round });
      await outbox.announce(events);
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
      await expect.poll(async () => (await listeners())[0]?.pid ?? before!.pid, WITHIN).not.toBe(before!.pid);
    }
  });

  test("hands events out again when the connection that held them is terminated", async () => {
    const seen = recorder();
    const events = eventsOf({ portfolios: 5, each: 2 });
    let interrupted = 0;
    await start(async (batch) => {
      if (interrupted < 2) {
        interrupted += 1;
        await owner(
          sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and state = 'idle in transaction'`,
        );
      }
      await seen.handler(batch);
    });
    await outbox.announce(events);
    await vi.waitFor(async () => expect((await owner(sql`select from outbox`)).rows).toHaveLength(0), WITHIN);
    expect(interrupted).toBe(2);
    expect(seen.missing(events)).toEqual([]);
    // Handled twice in vain, as the deletion went with the connection: at least once is the promise.
    expect(seen.events.length).toBeGreaterThan(events.length);
  });

  test("waits for a handler longer than a connection may otherwise idle inside a transaction", async () => {
    const seen = recorder();
    let calls = 0;
    await start(async (batch) => {
      calls += 1;
      // Longer than the five seconds after which the pool's connections lose their transaction, on purpose.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await seen.handler(batch);
    });
    await outbox.announce([{ portfolioId: "p-1", sequence: 1 }]);
    await vi.waitFor(() => expect(seen.events).toHaveLength(1), WITHIN);
    await vi.waitFor(async () => expect((await owner(sql`select from outbox`)).rows).toHaveLength(0), WITHIN);
    expect(calls).toBe(1);
  });
});
