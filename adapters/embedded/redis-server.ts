import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join, resolve } from "node:path";
import type { Logger } from "../ports.ts";
import { freePort, isPortFree, runCommand } from "./processes.ts";
import { findServerProcess, startServerProcess, type ServerProcess } from "./server-process.ts";

export type RunningRedis = ServerProcess & { readonly url: string };

export type ServerOptions = {
  /** Data, pid file and log live here; created when missing. */
  readonly dir: string;
  /** TCP port; 0 or left out takes a free one. */
  readonly port?: number;
  readonly log: Logger;
  /** "parent" (default): ends with this process. "daemon": outlives it; one already running is adopted. */
  readonly lifetime?: "parent" | "daemon";
};

/**
 * Starts the `redis-server` of this machine on 127.0.0.1, with an append-only file synced every second (a crash loses
 * at most one second) and without eviction, which BullMQ needs.
 *
 * Errors: throws when there is no redis-server, when the port is taken, and when the server does not come up.
 */
export async function startRedis(options: ServerOptions): Promise<RunningRedis> {
  const dir = resolve(options.dir);
  const running = findRedis(dir);
  if (running !== undefined && options.lifetime === "daemon") return running;
  await running?.stop();
  const program = await findRedisProgram(options.log);
  await mkdir(dir, { recursive: true });
  const port = options.port || (await freePort());
  if (!(await isPortFree(port))) {
    throw new Error(`port ${port} of 127.0.0.1 is taken by another program: choose another one for Redis`);
  }
  const settings = {
    bind: "127.0.0.1",
    port: String(port),
    dir,
    appendonly: "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const server = await startServerProcess({
    name: "Redis",
    program,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    cwd: dir,
    port,
    pidFile: join(dir, "redis.json"),
    logFile: join(dir, "redis.log"),
    lifetime: options.lifetime ?? "parent",
    isReady: () => answersPing(port),
    readyWithinMs: 30_000,
  });
  options.log.info({ pid: server.pid, port }, "Redis is ready");
  return { ...server, url: urlOf(port) };
}

/** The Redis that `startRedis` started with this directory, if it still runs. */
export function findRedis(dir: string): RunningRedis | undefined {
  const server = findServerProcess(join(dir, "redis.json"));
  return server === undefined ? undefined : { ...server, url: urlOf(server.port) };
}

const urlOf = (port: number) => `redis://127.0.0.1:${port}`;

async function findRedisProgram(log: Logger): Promise<string> {
  const found = onPath("redis-server");
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && onPath("apt-get") !== undefined) {
    log.info({}, "redis-server is missing: installing it with apt-get");
    const said = await installRedis();
    const installed = onPath("redis-server");
    if (installed !== undefined) return installed;
    throw new Error(`apt-get could not install redis-server:\n${said.slice(-2000)}`);
  }
  throw new Error(
    "there is no redis-server on this machine: install it with the system's packages (Debian: apt-get install " +
      "redis-server; macOS: brew install redis), or set REDIS_URL",
  );
}

// Debian's package starts a system-wide service unless policy-rc.d forbids it, which is the way Debian documents.
async function installRedis(): Promise<string> {
  const policy = "/usr/sbin/policy-rc.d";
  const forbid = !existsSync(policy);
  if (forbid) await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const install = ["install", "-y", "--no-install-recommends", "redis-server"];
    const first = await runCommand("apt-get", install, { env, timeoutMs: 300_000 });
    if (first.code === 0) return first.output;
    // A fresh image has no package lists yet.
    const update = await runCommand("apt-get", ["update"], { env, timeoutMs: 300_000 });
    const second = await runCommand("apt-get", install, { env, timeoutMs: 300_000 });
    return first.output + update.output + second.output;
  } finally {
    if (forbid) await rm(policy, { force: true });
  }
}

function onPath(program: string): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.map((directory) => join(directory, program)).find((path) => existsSync(path));
}

// While Redis reads its file back it answers -LOADING, which is not ready.
function answersPing(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const finish = (ready: boolean) => {
      socket.destroy();
      done(ready);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.on("error", () => finish(false));
    socket.on("data", (data) => finish(data.toString().startsWith("+PONG")));
    socket.on("connect", () => socket.write("PING\r\n"));
  });
}
