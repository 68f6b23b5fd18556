import { randomUUID } from "node:crypto";
import type { Admin, Producer } from "kafkajs";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { MATCHERS_GROUP, openEventConsumer } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { connectKafka } from "#adapters/kafka/client.ts";
import { kafkaConsumer } from "#adapters/kafka/consumer.ts";
import { kafkaPublisher } from "#adapters/kafka/publisher.ts";
import { ensureTopic } from "#adapters/kafka/topic.ts";
import { openGate, silentLogger as log } from "#adapters/ports.ts";
import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import { describeWithKafka } from "#testing/services-for-tests.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { matchAnnounced } from "#workers/handlers/match-announced.ts";
import { startOutboxRelay } from "#workers/outbox-relay.ts";
import { untilCaughtUp } from "./ledger-audit.ts";

/*
 * What somebody, or something, may do to the topic and the group of the matchers: delete it, give it more partitions,
 * move the offsets, deliver everything again, in any order. Relay and consumer run here without the sweeper, which
 * would make good whatever Kafka does: the way through Kafka itself has to open again.
 */

const WITHIN_MS = 30_000;
const WITHIN = { timeout: WITHIN_MS, interval: 50 };
const PORTFOLIOS = 24;

await describeWithKafka("a topic that is tampered with", ({ brokers }) => {
  let database: TestDatabase;
  let trader: Trader;
  let portfolioIds: string[];
  let topic: string;
  let groupId: string;
  let stops: (() => Promise<void>)[];
  let trades = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    trader = await new Trader(database.api).register();
    portfolioIds = await trader.portfolios(PORTFOLIOS);
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    topic = `tampered-${randomUUID()}`;
    groupId = `matchers-${randomUUID()}`;
    stops = [];
  });
  afterEach(() => Promise.all(stops.map((stop) => stop())));

  const startRelay = () => {
    const publisher = kafkaPublisher({ brokers, log, topic });
    const relay = startOutboxRelay({
      db: database.worker,
      url: database.workerUrl,
      publisher,
      gate: openGate,
      log,
    });
    stops.push(async () => {
      await relay.stop();
      await publisher.close();
    });
  };
  const startMatcher = async () => {
    const consumer = kafkaConsumer({ brokers, groupId, topic, log });
    await consumer.start(matchAnnounced({ db: database.worker, fanOut: inProcessFanOut({ log }), log }));
    const stop = () => consumer.stop();
    stops.push(stop);
    return stop;
  };
  /** A trade in each portfolio, some of them before what is there. */
  const trade = async () => {
    trades += 1;
    const day = trades % 3 === 0 ? 1 : 1 + (trades % 28);
    const at = `2026-01-${String(day).padStart(2, "0")}T10:00:00Z`;
    const type = trades % 4 === 0 ? ("sell" as const) : ("buy" as const);
    for (const id of portfolioIds) await trader.record(id, [{ type, quantity: String(trades), at }]);
  };
  const caughtUp = () => untilCaughtUp(database.owner, WITHIN_MS);
  const withProducer = async (work: (producer: Producer) => Promise<unknown>) => {
    const producer = connectKafka(brokers, log).producer({ allowAutoTopicCreation: false });
    await producer.connect();
    try {
      await work(producer);
    } finally {
      await producer.disconnect();
    }
  };
  const withAdmin = async <T>(work: (admin: Admin) => Promise<T>) => {
    const admin = connectKafka(brokers, log).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const waiting = async () => (await sql`select from outbox`.execute(database.owner)).rows.length;
  const unread = () =>
    withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const [group] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const read = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      return ends.filter(({ partition, offset }) => Number(offset) > Math.max(0, read.get(partition) ?? 0));
    });
  const setOffsets = (offsetOf: (end: number) => number) =>
    withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, offset }) => ({
        partition,
        offset: String(offsetOf(Number(offset))),
      }));
      // The group has to be empty for that, and its coordinator learns of it a little later.
      await expect
        .poll(() => admin.setOffsets({ groupId, topic, partitions }).then(() => "set", String), WITHIN)
        .toBe("set");
    });
  /** All that is derived, as text. Equal texts: nothing was matched once more, not even to the same end. */
  const derived = async () => {
    const tables = ["position", "tax_lot", "disposal", "disposal_slice", "rejection", "portfolio_state"];
    const texts: string[] = [];
    for (const table of tables) {
      const { rows } = await sql<{ text: string | null }>`
        select string_agg(t::text, e'\n' order by t::text) as text from ${sql.table(table)} t`.execute(
        database.owner,
      );
      texts.push(rows[0]?.text ?? "");
    }
    return texts.join("\n\n");
  };
  const expectRight = async () => {
    await caughtUp();
    expect(await checkRebuild(database.worker)).toMatchObject({ behind: 0, differences: [] });
  };

  test("it is deleted, and made again by whoever comes first", async () => {
    startRelay();
    await startMatcher();
    await trade();
    await caughtUp();
    await expect.poll(unread, WITHIN).toEqual([]);
    for (let round = 0; round < 2; round += 1) {
      await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
      await trade();
      await trade();
      await expectRight();
      await expect.poll(unread, WITHIN).toEqual([]);
    }
  });

  test("it is given more partitions", async () => {
    await ensureTopic(connectKafka(brokers, log), { topic, partitions: 4 });
    startRelay();
    await startMatcher();
    await trade();
    await caughtUp();
    await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 12 }] }));
    // One that was started since: it spreads the portfolios over all of them at once.
    await Promise.all(stops.splice(0, 1).map((stop) => stop()));
    startRelay();
    await trade();
    await expectRight();
    await expect.poll(unread, WITHIN).toEqual([]);
    const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic));
    expect(ends).toHaveLength(12);
    expect(
      ends.filter(({ partition, offset }) => partition >= 4 && Number(offset) > 0).length,
    ).toBeGreaterThan(3);
  });

  test.each([
    ["to the beginning", () => 0],
    ["far behind the end", (end: number) => end + 1_000_000],
  ])("the group's offsets are moved %s", async (_where, offsetOf) => {
    startRelay();
    const stop = await startMatcher();
    await trade();
    await caughtUp();
    await expect.poll(unread, WITHIN).toEqual([]);
    const before = await derived();
    await stop();
    await setOffsets(offsetOf);
    await startMatcher();
    await trade();
    await expectRight();
    await expect.poll(unread, WITHIN).toEqual([]);
    expect(await derived()).not.toBe(before);
  });

  describe("what it holds", () => {
    const announceAgain = (announcements: { portfolio_id: string; sequence: number }[]) =>
      database.owner
        .insertInto("outbox")
        .values(announcements)
        .execute()
        .then(() => sql`select pg_notify('outbox', '')`.execute(database.owner));
    const ledger = async () => {
      const { rows } = await sql<{ portfolio_id: string; sequence: number }>`
        select portfolio_id, sequence from transaction order by portfolio_id, sequence`.execute(
        database.owner,
      );
      return rows;
    };
    /** In an order of its own, the same in every run. */
    const shuffled = <T>(list: readonly T[]): T[] =>
      list
        .map((one, index) => ({ one, key: Math.imul(index + 1, 2_654_435_761) >>> 0 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ one }) => one);

    test("comes again: all of it, doubled, shuffled, from the future and of nobody; nothing changes", async () => {
      startRelay();
      await startMatcher();
      await trade();
      await expectRight();
      const before = await derived();
      const all = await ledger();
      await announceAgain(shuffled([...all, ...all]));
      await announceAgain(all.map((event) => ({ ...event, sequence: event.sequence + 1_000_000 })));
      await withAdmin(() =>
        sendRaw(topic, shuffled([...all, ...all, { portfolio_id: randomUUID(), sequence: 1 }])),
      );
      await expect.poll(waiting, WITHIN).toBe(0);
      await expect.poll(unread, WITHIN).toEqual([]);
      expect(await derived()).toBe(before);
      await trade();
      await expectRight();
    });

    test("is only the last of each portfolio's news", async () => {
      startRelay();
      await trade();
      await trade();
      await trade();
      await expect.poll(waiting, WITHIN).toBe(0);
      await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
      const last = Map.groupBy(await ledger(), (event) => event.portfolio_id);
      await announceAgain([...last.values()].map((events) => events.at(-1)!));
      await startMatcher();
      await expectRight();
    });

    test("is garbage here and there: that becomes dead letters, the rest is matched", async () => {
      topic = TRANSACTION_RECORDED_TOPIC;
      groupId = MATCHERS_GROUP;
      startRelay();
      const consumer = openEventConsumer(
        { ...readConfiguration({}), kafkaBrokers: [brokers] },
        {
          database: { db: database.worker, url: database.workerUrl, close: () => Promise.resolve() },
          gate: openGate,
          log,
          onFatal: () => {},
        },
      );
      stops.push(() => consumer.stop());
      await trade();
      await expect.poll(waiting, WITHIN).toBe(0);
      const garbage = ["not json", null, '{"v":99}', Buffer.alloc(100_000, 0xff)];
      await withProducer((producer) =>
        producer.send({ topic, messages: garbage.map((value) => ({ key: "k", value })) }),
      );
      await trade();
      await consumer.start(matchAnnounced({ db: database.worker, fanOut: inProcessFanOut({ log }), log }));
      await expectRight();
      await expect.poll(unread, WITHIN).toEqual([]);
      const { rows } = await sql<{ detail: string; size: number | null }>`
        select detail, record_size as size from dead_letter where source = 'record'
        order by detail, record_size`.execute(database.owner);
      expect(rows).toEqual([
        { detail: "no value", size: null },
        { detail: "not JSON", size: 8 },
        { detail: "not JSON", size: 100_000 },
        { detail: "version 99", size: 8 },
      ]);
    });

    async function sendRaw(
      to: string,
      events: readonly { portfolio_id: string; sequence: number }[],
    ): Promise<void> {
      const publisher = kafkaPublisher({ brokers, log, topic: to });
      await publisher.publish(
        events.map(({ portfolio_id: portfolioId, sequence }) => ({ portfolioId, sequence })),
      );
      await publisher.close();
    }
  });
});
