import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "#adapters/embedded/processes.ts";
import { startRedis, type RunningRedis } from "#adapters/embedded/redis-server.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import type { Portfolio } from "#contracts/portfolios.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { describeWithKafka, temporaryDir } from "#testing/services-for-tests.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { LotwiseProcess, untilReady } from "./lotwise-process.ts";

/*
 * The scaled-out product as it is run: an API, a relay, two matchers and the simulated exchange, each a process of its
 * own, on a real Kafka, Redis and PostgreSQL, while nothing fails. What happens when something does: faults/.
 */

const redisDir = await temporaryDir("cluster-redis");
const keysDir = await temporaryDir("cluster-keys");

await describeWithKafka("a cluster", (kafka) => {
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
    await redis.kill9();
    await database.drop();
  });

  const trade = (input: { quantity: string; price: string; tradedAt: string; type: "buy" | "sell" }) =>
    user.record({ portfolioId: watched.id, symbol: "ACME.SIM", ...input });

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

  test("all processes are those that were started, and end in order when asked", async () => {
    expect(processes.flatMap((one) => (one.isRunning ? [] : [one.output]))).toEqual([]);
    const began = performance.now();
    expect(await Promise.all(processes.map((one) => one.stop()))).toEqual(processes.map(() => 0));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await stream.closed).toBe(1012);
  });
});
