import { realpath, rm } from "node:fs/promises";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type RunningPostgres } from "#adapters/embedded/postgres.ts";
import { freePort, processesIn } from "#adapters/embedded/processes.ts";
import { startRedis, type RunningRedis } from "#adapters/embedded/redis-server.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { serviceUrl } from "#adapters/postgres/migrate.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { signedInClient } from "#testing/api-client.ts";
import { describeWithKafka, temporaryDir } from "#testing/services-for-tests.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { auditLedger, untilCaughtUp } from "./ledger-audit.ts";
import { LotwiseProcess, untilReady } from "./lotwise-process.ts";
import { TradingLoad } from "./trading-load.ts";

/*
 * Processes that are asked to stop while users trade and watch: each finishes what it has in hand and is gone within
 * five seconds, be it that PostgreSQL, Redis or Kafka hangs just then. Nobody is told anything but what can be retried.
 */

/** Units: milliseconds. */
const STOPPED_WITHIN_MS = 5_000;
const CAUGHT_UP_WITHIN_MS = 30_000;
const WITHIN = { timeout: 60_000, interval: 50 };
const ROUNDS = 2;
/** "refused": nobody listens while the only API is away. */
const ACCEPTABLE = ["200", "201", "503", "refused", "no answer"];

const dir = await temporaryDir("stopping");

await describeWithKafka("stopping under load", (kafka) => {
  let postgres: RunningPostgres;
  let redis: RunningRedis;
  let owner: Db;
  let worker: Db;
  let baseUrl: string;
  let api: LotwiseProcess;
  let relay: LotwiseProcess;
  let matchers: [LotwiseProcess, LotwiseProcess];
  let exchange: LotwiseProcess;
  let load: TradingLoad;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([
      startPostgres({ dir: `${dir}/postgres`, log }),
      startRedis({ dir: `${dir}/redis`, log }),
    ]);
    const port = await freePort();
    baseUrl = `http://127.0.0.1:${port}`;
    const env = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: kafka.brokers,
      LOTWISE_DATA: dir,
      PORT: String(port),
    };
    const start = (role: string) => new LotwiseProcess(["workers/main.ts", role], env).start();
    api = new LotwiseProcess(["api/main.ts"], env).start();
    relay = start("outbox-relay");
    matchers = [start("lot-matching"), start("lot-matching")];
    exchange = start("simulated-exchange");
    await untilReady(api, baseUrl);
    owner = openDatabase(postgres.url, { log, applicationName: "test" }).db;
    worker = openDatabase(serviceUrl(postgres.url, "lotwise_worker"), { log, applicationName: "test" }).db;
    const participants = Array.from({ length: 4 }, async () => {
      const client = await signedInClient(baseUrl);
      return { client, portfolioIds: [(await client.portfolio()).id, (await client.portfolio()).id] };
    });
    load = new TradingLoad(await Promise.all(participants)).start();
  });
  afterAll(async () => {
    await load.stop();
    await Promise.all([api, relay, ...matchers, exchange].map((one) => one.kill9()));
    await Promise.all([owner.destroy(), worker.destroy()]);
    await Promise.all([postgres.kill9(), redis.kill9()]);
    await rm(dir, { recursive: true, force: true });
  });

  const caughtUp = () => untilCaughtUp(owner, CAUGHT_UP_WITHIN_MS);
  const stop = async (one: LotwiseProcess) => {
    const began = performance.now();
    const code = await one.stop();
    return { code, inTime: performance.now() - began < STOPPED_WITHIN_MS };
  };
  /** Starts them again, and waits until all processes do their work: one that is still starting stops in no order. */
  const restart = async (stopped: readonly LotwiseProcess[]) => {
    for (const one of stopped) one.start();
    await untilReady(api, baseUrl);
    await expect
      .poll(async () => {
        const { rows } = await sql`select from worker_process
          where seen_at > clock_timestamp() - interval '3 s'`.execute(owner);
        return rows.length;
      }, WITHIN)
      .toBe(4);
  };
  const watch = async () => {
    const user = await signedInClient(baseUrl);
    const { id } = await user.portfolio();
    const stream = await new StreamClient(`${baseUrl.replace("http", "ws")}/ws/portfolio/${id}`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    await stream.next("snapshot");
    return stream;
  };

  /** Of the trades that nobody answered, those that were recorded. */
  const heard = async () => {
    const { rows } = await sql<{ id: string }>`
      select id from transaction where id = any (${[...load.unanswered]}::uuid[])`.execute(owner);
    return rows.map(({ id }) => id).filter((id) => !load.acknowledged.has(id));
  };

  test("each process is restarted in turn; it ends in order, in time, and tells its sockets", async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const one of [relay, ...matchers, exchange]) {
        await load.progress(30);
        expect(await stop(one)).toEqual({ code: 0, inTime: true });
        await load.progress(30);
        await restart([one]);
      }
      const watching = await Promise.all([watch(), watch(), watch()]);
      await load.progress(30);
      expect(await stop(api)).toEqual({ code: 0, inTime: true });
      expect(await Promise.all(watching.map((stream) => stream.closed))).toEqual([1012, 1012, 1012]);
      // Whatever was heard was answered. The system cuts those that knocked in the moment when the door was shut.
      expect(await heard()).toEqual([]);
      await restart([api]);
    }
    await load.progress(30);
    expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    expect([...load.answers.keys()].filter((kind) => !ACCEPTABLE.includes(kind))).toEqual([]);
    expect(load.answers.get("no answer") ?? 0).toBeLessThanOrEqual(ROUNDS);
  }, 180_000);

  describe.each([
    ["Kafka", async () => [kafka.pid], () => [relay, matchers[0]]],
    ["Redis", async () => [redis.pid], () => [api, matchers[0]]],
  ] as const)("while %s hangs", (_name, pids, processes) => {
    test("they end in order, in time", async () => {
      await load.progress(20);
      const frozen = await pids();
      for (const pid of frozen) process.kill(pid, "SIGSTOP");
      const stopping = processes();
      try {
        const ended = await Promise.all(stopping.map(stop));
        expect(ended).toEqual(ended.map(() => ({ code: 0, inTime: true })));
      } finally {
        for (const pid of frozen) process.kill(pid, "SIGCONT");
      }
      await restart(stopping);
      await load.progress(20);
      expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    });
  });

  describe("while PostgreSQL hangs", () => {
    const frozen = async () => processesIn(await realpath(`${dir}/postgres/data`));

    test("they give up in time, and say what it was", async () => {
      const stopping = [api, relay, ...matchers];
      await load.progress(20);
      const servers = await frozen();
      for (const pid of servers) process.kill(pid, "SIGSTOP");
      try {
        const ended = await Promise.all(stopping.map(stop));
        expect(ended.map(({ inTime }) => inTime)).toEqual(ended.map(() => true));
        for (const [index, { code }] of ended.entries()) {
          if (code !== 0) expect(stopping[index]!.output).toMatch(/could not (stop in time|be closed)/);
        }
      } finally {
        for (const pid of servers) process.kill(pid, "SIGCONT");
      }
      await restart(stopping);
      await load.progress(20);
      expect(await caughtUp()).toBeLessThan(CAUGHT_UP_WITHIN_MS);
    });

    test("a second signal ends them at once", async () => {
      await load.progress(20);
      const servers = await frozen();
      for (const pid of servers) process.kill(pid, "SIGSTOP");
      try {
        const first = stop(matchers[0]);
        await expect.poll(() => matchers[0].isRunning).toBe(true);
        const began = performance.now();
        matchers[0].signal("SIGINT");
        expect(await first).toMatchObject({ code: 1 });
        expect(performance.now() - began).toBeLessThan(1_000);
      } finally {
        for (const pid of servers) process.kill(pid, "SIGCONT");
      }
      await restart([matchers[0]]);
    });
  });

  test("nothing that was promised is lost, doubled or out of place, and all figures are right", async () => {
    await load.stop();
    await caughtUp();
    expect(await auditLedger(owner, load)).toEqual({ missing: [], unasked: [], gaps: [] });
    expect(await checkRebuild(worker)).toMatchObject({ behind: 0, differences: [] });
    expect(load.acknowledged.size).toBeGreaterThan(500);
  });
});
