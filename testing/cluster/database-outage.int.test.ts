import { realpath, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type RunningPostgres } from "#adapters/embedded/postgres.ts";
import { freePort, processesIn } from "#adapters/embedded/processes.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { serviceUrl } from "#adapters/postgres/migrate.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { temporaryDir } from "#testing/services-for-tests.ts";
import { StreamClient } from "#testing/stream-client.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { auditLedger, untilCaughtUp } from "./ledger-audit.ts";
import { LotwiseProcess, untilReady } from "./lotwise-process.ts";
import { TradingLoad } from "./trading-load.ts";

/* PostgreSQL crashes, comes back, and hangs while users trade. Nobody restarts anything else. */

const OUTAGES = 3;
/** Units: milliseconds. */
const CAUGHT_UP_WITHIN_MS = 20_000;
const ANSWERED_WITHIN_MS = 10_500;
const WITHIN = { timeout: 20_000, interval: 50 };

describe("PostgreSQL away while users trade", () => {
  let dir: string;
  let postgres: RunningPostgres;
  let owner: Db;
  let worker: Db;
  let api: LotwiseProcess;
  let matcher: LotwiseProcess;
  let load: TradingLoad;
  let user: ApiClient;
  let stream: StreamClient;
  let watchedId: string;

  beforeAll(async () => {
    dir = await temporaryDir("outage");
    postgres = await startPostgres({ dir: `${dir}/postgres`, log });
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const env = { DATABASE_URL: postgres.url, LOTWISE_DATA: dir, PORT: String(port), HOST: "127.0.0.1" };
    api = new LotwiseProcess(["api/main.ts"], env).start();
    matcher = new LotwiseProcess(["workers/main.ts", "lot-matching"], env).start();
    await untilReady(api, baseUrl);
    owner = openDatabase(postgres.url, { log, applicationName: "test" }).db;
    worker = openDatabase(serviceUrl(postgres.url, "lotwise_worker"), { log, applicationName: "test" }).db;
    user = await signedInClient(baseUrl);
    watchedId = (await user.portfolio()).id;
    stream = await new StreamClient(`${baseUrl.replace("http", "ws")}/ws/portfolio/${watchedId}`).opened();
    stream.send({ type: "authenticate", token: user.token! });
    await stream.next("snapshot");
    const clients = await Promise.all([1, 2, 3].map(() => signedInClient(baseUrl)));
    load = new TradingLoad(
      await Promise.all(
        clients.map(async (client) => ({ client, portfolioIds: [(await client.portfolio()).id] })),
      ),
    ).start();
  });
  afterAll(async () => {
    await load.stop();
    stream.close();
    await Promise.all([api.kill9(), matcher.kill9()]);
    await Promise.all([owner.destroy(), worker.destroy()]);
    await postgres.kill9();
    await rm(dir, { recursive: true, force: true });
  });

  const refusals = () => load.answers.get("503") ?? 0;
  const untilRefused = (count: number) => {
    const before = refusals();
    return expect.poll(refusals, WITHIN).toBeGreaterThanOrEqual(before + count);
  };
  let bought = 0;
  /** Figures follow the ledger again, and so does a WebSocket that was open all the time. */
  const untilServed = async () => {
    await load.progress(40);
    await untilCaughtUp(owner, CAUGHT_UP_WITHIN_MS);
    const trade = {
      portfolioId: watchedId,
      symbol: "ACME.SIM",
      type: "buy",
      quantity: "1",
      price: "1",
    } as const;
    load.attempted.add((await user.record(trade)).id);
    bought += 1;
    return stream.next("delta", ({ positions }) => positions[0]?.quantity === String(bought));
  };

  test("a crash is answered with 503, and what follows it recovers by itself", async () => {
    for (let outage = 0; outage < OUTAGES; outage += 1) {
      await load.progress(40);
      const { port } = postgres;
      await postgres.stop("immediate");
      await untilRefused(3);
      postgres = await startPostgres({ dir: `${dir}/postgres`, port, log });
      expect(await untilServed()).toMatchObject({ portfolioId: watchedId });
    }
  });

  test("a server that stands still is answered for within ten seconds, and is served again when it moves", async () => {
    await load.progress(40);
    const servers = processesIn(await realpath(`${dir}/postgres/data`));
    expect(servers.length).toBeGreaterThan(5);
    for (const pid of servers) process.kill(pid, "SIGSTOP");
    try {
      // Once for connections that are there and say nothing, once for those that cannot be had.
      await untilRefused(6);
    } finally {
      for (const pid of servers) process.kill(pid, "SIGCONT");
    }
    expect(await untilServed()).toMatchObject({ portfolioId: watchedId });
  });

  test("nothing that was promised is lost, nobody was left waiting, and nothing was restarted", async () => {
    await load.stop();
    await untilCaughtUp(owner, CAUGHT_UP_WITHIN_MS);
    expect(await auditLedger(owner, load)).toEqual({ missing: [], unasked: [], gaps: [] });
    expect(await checkRebuild(worker)).toMatchObject({ behind: 0, differences: [] });
    // 200 and 201, and 503 with a hint when to try again: no other answer, and never none.
    expect([...load.answers.keys()].toSorted()).toEqual(["200", "201", "503"]);
    expect(load.slowestMs).toBeLessThan(ANSWERED_WITHIN_MS);
    expect([api.isRunning, matcher.isRunning]).toEqual([true, true]);
  });
});
