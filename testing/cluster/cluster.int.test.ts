import { rm } from "node:fs/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startKafka, type RunningKafka } from "#adapters/embedded/kafka-server.ts";
import { freePort } from "#adapters/embedded/processes.ts";
import { startRedis, type RunningRedis } from "#adapters/embedded/redis-server.ts";
import { MATCHERS_GROUP } from "#adapters/compose.ts";
import { connectKafka } from "#adapters/kafka/client.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import type { Portfolio } from "#contracts/portfolios.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { describeWithKafka, kafkaLibsDir, temporaryDir } from "#testing/services-for-tests.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { auditLedger, untilCaughtUp } from "./ledger-audit.ts";
import { LotwiseProcess, untilReady } from "./lotwise-process.ts";
import { TradingLoad } from "./trading-load.ts";

/*
 * The scaled-out product as it is run: an API, a relay, two matchers and the simulated exchange, each a process of its
 * own, on a real Kafka, Redis and PostgreSQL. Every part is killed while users trade. What they were promised is there
 * in the end, once, and the figures are those of a replay.
 */

/** Units: milliseconds. How long figures may lag behind the ledger, whatever has just been killed. */
const CAUGHT_UP_WITHIN_MS = 15_000;
const WITHIN = { timeout: 30_000, interval: 100 };
const USERS = 4;
const PORTFOLIOS_PER_USER = 2;

const redisDir = await temporaryDir("cluster-redis");
const keysDir = await temporaryDir("cluster-keys");

await describeWithKafka("a cluster", (firstKafka) => {
  let kafka: RunningKafka;
  let redis: RunningRedis;
  let database: TestDatabase;
  let baseUrl: string;
  let api: LotwiseProcess;
  let relay: LotwiseProcess;
  let matchers: [LotwiseProcess, LotwiseProcess];
  let exchange: LotwiseProcess;
  let processes: LotwiseProcess[];
  let user: ApiClient;
  let watched: Portfolio;
  let stream: StreamClient;

  beforeAll(async () => {
    kafka = firstKafka;
    redis = await startRedis({ dir: redisDir, log });
    database = await createTestDatabase({ empty: true });
    const port = await freePort();
    baseUrl = `http://127.0.0.1:${port}`;
    const env = {
      DATABASE_URL: database.ownerUrl,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: kafka.brokers,
      LOTWISE_DATA: keysDir,
      PORT: String(port),
    };
    const worker = (role: string) => new LotwiseProcess(["workers/main.ts", role], env).start();
    api = new LotwiseProcess(["api/main.ts"], env).start();
    relay = worker("outbox-relay");
    matchers = [worker("lot-matching"), worker("lot-matching")];
    exchange = worker("simulated-exchange");
    processes = [api, relay, ...matchers, exchange];
    await untilReady(api, baseUrl);
  });
  afterAll(async () => {
    stream?.close();
    await Promise.all(processes.map((one) => one.kill9()));
    await Promise.all([redis.kill9(), kafka.kill9()]);
    await database.drop();
  });

  const caughtUp = () => untilCaughtUp(database.owner, CAUGHT_UP_WITHIN_MS);
  const trade = (input: { quantity: string; price: string; tradedAt: string; type: "buy" | "sell" }) =>
    user.record({ portfolioId: watched.id, symbol: "ACME.SIM", ...input });
  /** Records trades until one of them is told of by the stream. */
  const untilPushed = async () => {
    await expect
      .poll(async () => {
        const { id } = await trade({
          type: "buy",
          quantity: "1",
          price: "1",
          tradedAt: "2026-01-04T10:00:00Z",
        });
        return stream
          .next("transaction", (message) => message.id === id, 1_000)
          .then(
            () => "pushed",
            () => "not pushed",
          );
      }, WITHIN)
      .toBe("pushed");
    return true;
  };

  test("boots on an empty database, all processes at once", async () => {
    expect(processes.flatMap((one) => (one.isRunning ? [] : [one.output]))).toEqual([]);
    const { rows } = await sql`select name from schema_migration`.execute(database.owner);
    expect(rows.length).toBeGreaterThan(0);
    user = await signedInClient(baseUrl);
    watched = await user.portfolio();
  });

  test("matches the seed scenario and pushes what came of it", async () => {
    stream = await new StreamClient(`${baseUrl.replace("http", "ws")}/ws/portfolio/${watched.id}`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    await stream.next("snapshot");
    await trade({ type: "buy", quantity: "100", price: "150", tradedAt: "2026-01-01T10:00:00Z" });
    await trade({ type: "buy", quantity: "50", price: "160", tradedAt: "2026-01-02T10:00:00Z" });
    const sold = await trade({
      type: "sell",
      quantity: "80",
      price: "170",
      tradedAt: "2026-01-03T10:00:00Z",
    });
    expect(sold.status).toBe("matched");
    const { positions } = await stream.next("delta", (delta) => delta.positions[0]?.quantity === "70");
    expect(positions[0]).toMatchObject({ costBasis: "11000", realizedGain: "1600" });
    const price = positions[0]?.price;
    await stream.next("delta", (delta) => (delta.positions[0]?.price ?? price) !== price, 15_000);
  });

  describe("while users trade", () => {
    let load: TradingLoad;
    beforeAll(async () => {
      const participants = Array.from({ length: USERS }, async () => {
        const client = await signedInClient(baseUrl);
        const portfolios = Array.from({ length: PORTFOLIOS_PER_USER }, () => client.portfolio());
        return { client, portfolioIds: (await Promise.all(portfolios)).map(({ id }) => id) };
      });
      load = new TradingLoad(await Promise.all(participants)).start();
    });
    afterAll(() => load.stop());

    test("a matcher is killed, again and again", async () => {
      for (let round = 0; round < 4; round += 1) {
        const matcher = matchers[round % 2]!;
        await load.progress(50);
        await matcher.kill9();
        await load.progress(50);
        matcher.start();
      }
      expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    });

    test("a matcher stands still, another does its work, and it wakes up", async () => {
      matchers[0].signal("SIGSTOP");
      await load.progress(100);
      await caughtUp();
      matchers[0].signal("SIGCONT");
      await load.progress(50);
      expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    });

    test("the relay is killed", async () => {
      for (let round = 0; round < 2; round += 1) {
        await load.progress(50);
        await relay.kill9();
        await load.progress(50);
        expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
        relay.start();
      }
    });

    test("everything is announced once more, in no order", async () => {
      await sql`insert into outbox (portfolio_id, sequence)
        select portfolio_id, sequence from transaction order by md5(id::text)`.execute(database.owner);
      await load.progress(50);
      await expect
        .poll(
          async () => (await sql`select from outbox limit 100`.execute(database.owner)).rows.length,
          WITHIN,
        )
        .toBeLessThan(100);
      expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    });

    test("Redis is killed and comes back with nothing", async () => {
      await redis.kill9();
      await load.progress(100);
      await caughtUp();
      await rm(redisDir, { recursive: true, force: true });
      redis = await startRedis({ dir: redisDir, log, port: redis.port });
      expect(await untilPushed()).toBe(true);
    });

    test("Kafka is killed and comes back with nothing", async () => {
      const { port } = kafka;
      await kafka.kill9();
      await load.progress(100);
      await caughtUp();
      await rm(firstKafka.dir, { recursive: true, force: true });
      kafka = await startKafka({ dir: firstKafka.dir, libsDir: kafkaLibsDir, log, port });
      await load.progress(100);
      await caughtUp();
      await untilPushed();
      // The way through Kafka is open again: there is a topic, and the group reads to what is its end now.
      const { ends } = await offsetsOf(kafka.brokers);
      expect(Math.max(...ends)).toBeGreaterThan(0);
      const unread = async () => {
        const { committed } = await offsetsOf(kafka.brokers);
        return ends.filter((end, partition) => end > (committed[partition] ?? 0)).length;
      };
      await expect.poll(unread, WITHIN).toBe(0);
    });

    test("nothing that was promised is lost, doubled or out of place, and all figures are right", async () => {
      await load.stop();
      await caughtUp();
      const ownTrades = await sql<{ id: string }>`
        select id from transaction where portfolio_id = ${watched.id} and version = 1`.execute(
        database.owner,
      );
      for (const { id } of ownTrades.rows) load.attempted.add(id);
      expect(await auditLedger(database.owner, load)).toEqual({ missing: [], unasked: [], gaps: [] });
      expect(load.acknowledged.size).toBeGreaterThan(1_000);
      const report = await checkRebuild(database.worker);
      expect(report).toMatchObject({ behind: 0, differences: [] });
      expect(report.rows.disposal_slice).toBeGreaterThan(100);
      // PostgreSQL was there all the time, and nothing else is needed to record.
      expect([...load.answers.keys()].toSorted()).toEqual(["200", "201"]);
      expect(load.slowestMs).toBeLessThan(10_000);
    });
  });

  test("all processes are those that were started, and end in order when asked", async () => {
    expect(processes.flatMap((one) => (one.isRunning ? [] : [one.output]))).toEqual([]);
    const began = performance.now();
    expect(await Promise.all(processes.map((one) => one.stop()))).toEqual(processes.map(() => 0));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await stream.closed).toBe(1012);
  });
});

/** Where each partition ends, and up to where the matchers have read it. */
async function offsetsOf(brokers: string): Promise<{ ends: number[]; committed: number[] }> {
  const topic = TRANSACTION_RECORDED_TOPIC;
  const admin = connectKafka(brokers, log).admin();
  await admin.connect();
  try {
    const ends: number[] = [];
    const committed: number[] = [];
    for (const { partition, offset } of await admin.fetchTopicOffsets(topic))
      ends[partition] = Number(offset);
    const [group] = await admin.fetchOffsets({ groupId: MATCHERS_GROUP, topics: [topic] });
    // -1: nothing was committed.
    for (const { partition, offset } of group?.partitions ?? []) {
      committed[partition] = Math.max(0, Number(offset));
    }
    return { ends, committed };
  } finally {
    await admin.disconnect();
  }
}
