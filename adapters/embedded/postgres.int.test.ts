import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { silentLogger } from "../ports.ts";
import { findPostgres, startPostgres, type RunningPostgres } from "./postgres.ts";
import { isAlive } from "./processes.ts";

const log = silentLogger;

describe("embedded PostgreSQL", { timeout: 60_000 }, () => {
  let dir: string;
  let running: RunningPostgres[];
  beforeEach(async () => {
    // Mode 0700 and ours: as root, the account of the server may not pass through it.
    dir = await mkdtemp(join(tmpdir(), "lotwise-postgres-"));
    running = [];
  });
  afterEach(async () => {
    for (const server of running) await server.kill9();
    await rm(dir, { recursive: true, force: true });
  });
  const start = async (options: { port?: number; lifetime?: "parent" | "daemon" } = {}) => {
    const server = await startPostgres({ dir: join(dir, "pg"), log, ...options });
    running.push(server);
    return server;
  };

  test("keeps data, password and port over a restart", async () => {
    const first = await start();
    await query(first.url, "create table kept as select 'é' as text");
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, "select text from kept")).toEqual([{ text: "é" }]);
    const settings = await query(
      second.url,
      "select current_setting('fsync') as fsync, current_setting('listen_addresses') as address, " +
        "current_setting('server_version_num')::int / 10000 as major",
    );
    expect(settings).toEqual([{ fsync: "on", address: "127.0.0.1", major: 18 }]);
    expect((await stat(join(dir, "pg", "password"))).mode & 0o777).toBe(0o600);
  });

  test("lets nobody in without the password", async () => {
    const { url } = await start();
    const wrong = url.replace(/:[0-9a-f]{32}@/, ":wrong@");
    await expect(query(wrong, "select 1")).rejects.toThrow(/password authentication failed/);
  });

  test("keeps what was committed when the server itself is killed", async () => {
    const first = await start();
    await query(first.url, "create table kept as select generate_series(1, 1000) as n");
    await first.kill9();
    const second = await start();
    expect(await query(second.url, "select count(*)::int as n from kept")).toEqual([{ n: 1000 }]);
  });

  test("ends soon after the process that started it was killed", async () => {
    const launcher = await launch(join(dir, "pg"));
    process.kill(launcher.pid, "SIGKILL");
    await vi.waitFor(() => expect(isAlive(launcher.postmaster)).toBe(false), 10_000);
    const next = await start();
    expect(await query(next.url, "select count(*)::int as n from kept")).toEqual([{ n: 1 }]);
  });

  test("finds the orphan of a killed process, ends it and starts anew with its data", async () => {
    const orphan = await start({ lifetime: "daemon" }); // no watcher: an orphan as after the watcher was killed too
    await query(orphan.url, "create table kept as select 1 as n");
    await writeFile(join(dir, "pg", "owner.json"), JSON.stringify({ pid: 2 ** 22 - 3, identity: "1" }));
    const next = await start();
    expect(next.adopted).toBe(false);
    expect(isAlive(orphan.pid)).toBe(false);
    expect(await query(next.url, "select n from kept")).toEqual([{ n: 1 }]);
  });

  test("adopts a daemon that runs already", async () => {
    const first = await start({ lifetime: "daemon" });
    const second = await start({ lifetime: "daemon" });
    expect(second).toMatchObject({ pid: first.pid, url: first.url, adopted: true });
  });

  test("refuses a directory that another living process uses", async () => {
    const launcher = await launch(join(dir, "pg"));
    await expect(start()).rejects.toThrow(`is in use by process ${launcher.pid}`);
    // Looking is not using: a check may read what the product is at work on.
    const found = await findPostgres(join(dir, "pg"));
    expect(found).toMatchObject({ pid: launcher.postmaster, adopted: true });
    expect(await query(found!.url, "select n from kept")).toEqual([{ n: 1 }]);
    process.kill(launcher.pid, "SIGKILL");
    await vi.waitFor(() => expect(isAlive(launcher.postmaster)).toBe(false), 10_000);
  });

  test("is not fooled by a pid file that names another program, or nobody", async () => {
    const first = await start();
    await query(first.url, "create table kept as select 1 as n");
    const pidFile = join(dir, "pg", "data", "postmaster.pid");
    const content = await readFile(pidFile, "utf8");
    await first.stop();
    for (const pid of [process.pid, 1, 2 ** 22 - 3]) {
      await writeFile(pidFile, content.replace(/^\d+/, String(pid)));
      const next = await start();
      expect(await query(next.url, "select n from kept")).toEqual([{ n: 1 }]);
      await next.stop();
    }
  });

  test("starts over after an interrupted initdb", async () => {
    const half = join(dir, "pg", "data.half-dead");
    await mkdir(join(half, "base"), { recursive: true });
    await writeFile(join(half, "PG_VERSION"), "18\n");
    const server = await start();
    expect(await query(server.url, "select 1 as n")).toEqual([{ n: 1 }]);
    expect((await readdir(join(dir, "pg"))).filter((name) => name.startsWith("data."))).toEqual([]);
  });

  test("says so when the port insisted on is taken, and takes another when it was only remembered", async () => {
    const first = await start();
    await first.stop();
    const blocker = createServer().listen(first.port, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    await expect(start({ port: first.port })).rejects.toThrow(`port ${first.port} of 127.0.0.1 is taken`);
    const second = await start();
    expect(second.port).not.toBe(first.port);
    blocker.close();
  });

  test("finds no server where none runs", async () => {
    expect(await findPostgres(join(dir, "nowhere"))).toBeUndefined();
    const server = await start();
    await server.stop();
    expect(await findPostgres(join(dir, "pg"))).toBeUndefined();
  });

  test("refuses data of another major version and leaves them alone", async () => {
    const data = join(dir, "pg", "data");
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "PG_VERSION"), "15\n");
    await expect(start()).rejects.toThrow(/data of PostgreSQL 15, not 18/);
    expect(existsSync(join(data, "PG_VERSION"))).toBe(true);
    expect(existsSync(join(dir, "pg", "owner.json"))).toBe(false);
  });

  test("works below directories that everybody may enter as well", async () => {
    await chmod(dir, 0o755);
    const server = await start();
    expect(await query(server.url, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});

/** A process of its own that starts PostgreSQL in `dir`, makes a table `kept` with one row, and stays. */
async function launch(dir: string): Promise<{ pid: number; postmaster: number }> {
  const script = `
    import { startPostgres } from ${JSON.stringify(new URL("./postgres.ts", import.meta.url).href)};
    const log = { info() {}, warn() {}, error() {} };
    const server = await startPostgres({ dir: process.argv[1], log });
    console.log(JSON.stringify({ postmaster: server.pid, url: server.url }));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<Buffer>((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("the launcher ended")));
  });
  const { postmaster, url } = JSON.parse(line.toString()) as { postmaster: number; url: string };
  await query(url, "create table kept as select 1 as n");
  if (child.pid === undefined) throw new Error("the launcher has no pid");
  return { pid: child.pid, postmaster };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}
