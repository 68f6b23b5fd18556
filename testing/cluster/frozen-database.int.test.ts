import { realpath, rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type RunningPostgres } from "#adapters/embedded/postgres.ts";
import { freePort, processesIn } from "#adapters/embedded/processes.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { temporaryDir } from "#testing/services-for-tests.ts";
import { LotwiseProcess, untilReady } from "./lotwise-process.ts";

/** Units: milliseconds. */
const ANSWERED_WITHIN_MS = 10_500;
const AT_ONCE = 20;

describe("PostgreSQL that stands still", () => {
  let dir: string;
  let postgres: RunningPostgres;
  let api: LotwiseProcess;
  let user: ApiClient;
  let portfolioId: string;

  beforeAll(async () => {
    dir = await temporaryDir("frozen");
    postgres = await startPostgres({ dir: `${dir}/postgres`, log });
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    const env = { DATABASE_URL: postgres.url, LOTWISE_DATA: dir, PORT: String(port) };
    api = new LotwiseProcess(["api/main.ts"], env).start();
    await untilReady(api, baseUrl);
    user = await signedInClient(baseUrl);
    portfolioId = (await user.portfolio()).id;
  });
  afterAll(async () => {
    await api.end();
    await postgres.kill9();
    await rm(dir, { recursive: true, force: true });
  });

  const record = async () => {
    const began = performance.now();
    const trade = { portfolioId, type: "buy", symbol: "ACME.SIM", quantity: "1", price: "1" };
    const answer = await user.post("/transactions", { ...trade, tradedAt: "2026-01-05T15:00:00Z" });
    const isHinted = answer.headers.get("retry-after") !== null;
    return { status: answer.status, isHinted, isInTime: performance.now() - began < ANSWERED_WITHIN_MS };
  };
  /** More than there are connections: some wait for an answer, some for a connection. */
  const recordMany = () => Promise.all(Array.from({ length: AT_ONCE }, record));

  test("is answered for within ten seconds, with a hint when to try again", async () => {
    const servers = processesIn(await realpath(`${dir}/postgres/data`));
    expect(servers.length).toBeGreaterThan(5);
    for (const pid of servers) process.kill(pid, "SIGSTOP");
    try {
      const refused = { status: 503, isHinted: true, isInTime: true };
      // Once for connections that are there and say nothing, once for those that cannot be had.
      expect(await recordMany()).toEqual(Array.from({ length: AT_ONCE }, () => refused));
      expect(await recordMany()).toEqual(Array.from({ length: AT_ONCE }, () => refused));
    } finally {
      for (const pid of servers) process.kill(pid, "SIGCONT");
    }
  });

  test("is used again as soon as it moves", async () => {
    await expect.poll(async () => (await record()).status, { timeout: 10_000 }).toBe(201);
    expect(api.isRunning).toBe(true);
  });
});
