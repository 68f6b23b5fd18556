import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SignedIn } from "#contracts/accounts.ts";
import type { PortfolioList } from "#contracts/portfolios.ts";
import { commandLine, isAlive, runCommand } from "#adapters/embedded/processes.ts";
import { ApiClient } from "#testing/api-client.ts";
import { startLotwise } from "#testing/start-lotwise.ts";

/** What `npm start` promises, on one data folder that the tests use one after another. */
describe("npm start", () => {
  let dataFolder: string;
  beforeAll(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), "lotwise-start-test-"));
  });
  afterAll(() => rm(dataFolder, { recursive: true, force: true }));

  async function demoPortfolios(baseUrl: string) {
    const client = new ApiClient(baseUrl);
    const signedIn = await client.post<SignedIn>("/auth/login", { login: "demo", password: "lotwise-demo" });
    client.token = signedIn.body.accessToken;
    const read = async () => (await client.get<PortfolioList>("/portfolios")).body.items;
    await expect
      .poll(async () => (await read()).every(({ sequence }) => sequence.applied === sequence.head), {
        timeout: 15_000,
      })
      .toBe(true);
    return read();
  }

  async function postmasterPid(): Promise<number> {
    const file = await readFile(join(dataFolder, "postgres/data/postmaster.pid"), "utf8");
    return Number(file.split("\n")[0]);
  }

  test("says where to look and how to sign in; the demo account has two portfolios; Ctrl-C stops PostgreSQL too", async () => {
    const lotwise = await startLotwise({ dataFolder });
    expect(lotwise.output()).toContain("Sign in as demo with password lotwise-demo");
    const portfolios = await demoPortfolios(lotwise.baseUrl);
    expect(portfolios.map(({ name, positionCount }) => [name, positionCount])).toEqual([
      ["Long-term savings", 6],
      ["Trading", 4],
    ]);
    const pid = await postmasterPid();
    expect(await lotwise.stop()).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  test("finds its data again, makes the demo account once, and recovers from kill -9", async () => {
    const second = await startLotwise({ dataFolder });
    const before = await demoPortfolios(second.baseUrl);
    expect(before).toHaveLength(2);
    const killed = new Promise((resolve) => second.child.once("exit", resolve));
    second.child.kill("SIGKILL");
    await killed;
    const third = await startLotwise({ dataFolder });
    const after = await demoPortfolios(third.baseUrl);
    expect(after.map(({ id, sequence }) => [id, sequence.head])).toEqual(
      before.map(({ id, sequence }) => [id, sequence.head]),
    );
    expect(await third.stop()).toBe(0);
  });

  test("recovers when PostgreSQL was left behind by a kill that nobody noticed", async () => {
    const lotwise = await startLotwise({ dataFolder });
    const orphan = await postmasterPid();
    for (const pid of watchersOf(orphan)) process.kill(pid, "SIGKILL");
    const killed = new Promise((resolve) => lotwise.child.once("exit", resolve));
    lotwise.child.kill("SIGKILL");
    await killed;
    expect(isAlive(orphan)).toBe(true);
    const next = await startLotwise({ dataFolder });
    expect(isAlive(orphan)).toBe(false);
    expect(await demoPortfolios(next.baseUrl)).toHaveLength(2);
    expect(await next.stop()).toBe(0);
  });

  test("keeps figures that a replay agrees with, whether it runs or not", async () => {
    const check = () =>
      runCommand(process.execPath, [join(import.meta.dirname, "rebuild-check.ts")], {
        env: { ...process.env, LOTWISE_DATA: dataFolder },
      });
    const lotwise = await startLotwise({ dataFolder });
    await demoPortfolios(lotwise.baseUrl);
    const whileRunning = await check();
    expect(whileRunning.output).toMatch(/^portfolios +2\n[^]*\ndifferences +0\n$/);
    expect(whileRunning.code).toBe(0);
    // Looking has not stopped what it looked at.
    expect((await fetch(`${lotwise.baseUrl}/health/ready`)).status).toBe(200);
    const pid = await postmasterPid();
    expect(await lotwise.stop()).toBe(0);
    expect(await check()).toEqual(whileRunning);
    expect(isAlive(pid)).toBe(false);
    await expect(postmasterPid()).rejects.toThrow("ENOENT");
  });

  test("has no demo account in production", async () => {
    const lotwise = await startLotwise({ env: { NODE_ENV: "production", BCRYPT_COST: "12" } });
    expect(lotwise.output()).not.toContain("Sign in as demo");
    const client = new ApiClient(lotwise.baseUrl);
    expect((await client.get("/demo")).status).toBe(404);
    const answer = await client.post("/auth/login", { login: "demo", password: "lotwise-demo" });
    expect(answer.status).toBe(401);
    expect(await lotwise.stop()).toBe(0);
  });

  test("says in one line that its port is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    const refused = startLotwise({ env: { PORT: String(port) } });
    await expect(refused).rejects.toThrow(
      new RegExp(
        `ended with 1:\\nLotwise could not start: port ${port} on 127\\.0\\.0\\.1 is in use[^\\n]*\\n$`,
      ),
    );
    await new Promise((resolve) => other.close(resolve));
  });
});

/** The processes that would stop this PostgreSQL when its parent dies. */
function watchersOf(postmaster: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid).includes(`lotwise-parent-watch ${postmaster} `));
}
