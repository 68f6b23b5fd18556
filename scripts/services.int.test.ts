import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive, freePort, runCommand } from "#adapters/embedded/processes.ts";

type Report = {
  services: Record<string, { state: string; pid?: number; port?: number; error?: string }>;
  environment: Record<string, string>;
};

// Kafka has the same life cycle (adapters/embedded/server-process.ts) and is started for real by the Kafka tests.
const NAMES = ["postgres", "redis"];

describe("npm run services", { timeout: 60_000 }, () => {
  let env: NodeJS.ProcessEnv;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "lotwise-services-"));
    const ports = {
      LOTWISE_POSTGRES_PORT: String(await freePort()),
      LOTWISE_REDIS_PORT: String(await freePort()),
    };
    env = { ...process.env, LOTWISE_SERVICES_DIR: dir, ...ports };
  });
  afterAll(async () => {
    await services("stop");
    await rm(dir, { recursive: true, force: true });
  });
  const run = (...args: string[]) =>
    runCommand(process.execPath, [join(import.meta.dirname, "services.ts"), ...args], { env });
  const services = async (verb: string, names = NAMES) => {
    const { output } = await run(verb, ...names, "--json");
    const line =
      output.split("\n").find((text) => text.startsWith("{")) ?? `{"output":${JSON.stringify(output)}}`;
    return JSON.parse(line) as Report;
  };

  test("starts, finds running, survives kill -9 and stops", async () => {
    const first = await services("start");
    expect(first.services).toMatchObject({ postgres: { state: "started" }, redis: { state: "started" } });
    expect(first.environment["DATABASE_URL"]).toMatch(
      /^postgres:\/\/lotwise:[0-9a-f]{32}@127\.0\.0\.1:\d+\/lotwise$/,
    );
    expect(first.environment["REDIS_URL"]).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);

    const again = await services("start");
    expect(again.services).toMatchObject({
      postgres: { state: "already running", pid: first.services["postgres"]?.pid },
      redis: { state: "already running", pid: first.services["redis"]?.pid },
    });
    expect(again.environment).toEqual(first.environment);

    for (const name of NAMES) process.kill(first.services[name]?.pid ?? 0, "SIGKILL");
    const revived = await services("start");
    expect(revived.services).toMatchObject({ postgres: { state: "started" }, redis: { state: "started" } });
    expect(revived.environment).toEqual(first.environment);

    expect((await services("status")).services["redis"]?.state).toBe("running");
    expect((await services("stop")).services["postgres"]?.state).toBe("stopped");
    for (const name of NAMES) expect(isAlive(revived.services[name]?.pid ?? 0)).toBe(false);
    expect((await services("stop")).services["postgres"]?.state).toBe("not running");
    expect((await services("status")).environment).toEqual({});
  });

  test("says which port is taken", async () => {
    const port = Number(env["LOTWISE_REDIS_PORT"]);
    const blocker = createServer().listen(port, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const report = await services("start", ["redis"]);
    expect(report.services["redis"]).toMatchObject({ state: "failed" });
    expect(report.services["redis"]?.error).toContain(`port ${port} of 127.0.0.1 is taken`);
    blocker.close();
  });

  test("prints its usage for a word it does not know", async () => {
    const { code, output } = await run("restart");
    expect(code).toBe(2);
    expect(output).toContain("usage:");
  });
});
