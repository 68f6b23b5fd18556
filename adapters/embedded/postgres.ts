/**
 * PostgreSQL 18 from npm binaries, for a machine that has none: `npm start`, `npm run services` and the tests.
 *
 * `dir` holds `data/` (the cluster), `password`, `port` (remembered, so that a bookmark or a psql session stays good)
 * and `owner.json` (which process has claimed it). The server listens on 127.0.0.1 only, with fsync on.
 *
 * What may have gone wrong before, and what a start does about it:
 * - the process that started the server was killed: a watcher stops the server. Where that failed too, the orphan is
 *   found through data/postmaster.pid, stopped in an orderly way, and the server started anew;
 * - the machine lost power: PostgreSQL recovers from its log; a pid that now belongs to another program is recognized;
 * - initdb was interrupted: see postgres-cluster.ts;
 * - the remembered port was taken: another one is chosen, unless the caller insisted on it.
 */
import { chmod, mkdir, readFile, realpath, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../ports.ts";
import { claimDirectory } from "./claim.ts";
import { stopWithParent } from "./parent-watch.ts";
import { locatePostgres, serverAccount } from "./postgres-binaries.ts";
import {
  DATABASE_NAME,
  keepPassword,
  openDataDirectory,
  runInDataDirectory,
  SUPERUSER,
  writeSettings,
  type DataDirectory,
} from "./postgres-cluster.ts";
import { commandLine, freePort, isAlive, isPortFree, processesIn, waitUntilGone } from "./processes.ts";

export type PostgresOptions = {
  /** Everything lives below this directory; created when missing. */
  readonly dir: string;
  /** Insists on this TCP port. Left out, the remembered one is taken if free, else any free one. */
  readonly port?: number | undefined;
  readonly log: Logger;
  /** "parent" (default): ends with this process. "daemon": outlives it; a server already running is adopted. */
  readonly lifetime?: "parent" | "daemon";
  /** Further server settings by name, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type RunningPostgres = {
  /** postgres:// URL of the superuser, password included: never log it. */
  readonly url: string;
  readonly pid: number;
  readonly port: number;
  /** True when the server ran already. */
  readonly adopted: boolean;
  /** "fast" ends sessions and writes everything out; "immediate" is a crash as far as the data is concerned. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** SIGKILL, for fault tests. */
  kill9(): Promise<void>;
};

/**
 * Starts PostgreSQL and resolves when it takes connections.
 *
 * Errors: throws when another process has the directory, when the port insisted on is taken, when the machine cannot
 * run the binaries, and when the server does not come up (with the end of its log).
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { log, lifetime = "parent" } = options;
  const account = await serverAccount();
  const binaries = await locatePostgres(account);
  await mkdir(options.dir, { recursive: true });
  const dir = await realpath(options.dir);
  // The server account must pass through; what is secret in here has a mode of its own.
  if (account.uid !== undefined) await chmod(dir, 0o711);

  let pid: number | undefined;
  const release = await claimDirectory(join(dir, "owner.json"), () => pid !== undefined && isAlive(pid));
  try {
    const password = await keepPassword(join(dir, "password"));
    const data = await openDataDirectory({ dir, account, binaries, password });
    const running = await findRunningServer(data);
    const adopted = running !== undefined && lifetime === "daemon";
    if (running !== undefined && !adopted) {
      log.warn({ pid: running.pid }, "stopping a PostgreSQL server left over from a process that was killed");
      await stopServer(data, running.pid, "fast");
    }
    const server = adopted ? running : await launch(dir, data, options);
    pid = server.pid;
    const endWatch = lifetime === "parent" ? stopWithParent(server.pid, "INT") : undefined;
    if (lifetime === "daemon") await release();
    const forget = async () => {
      endWatch?.();
      await release();
    };
    return handleOf(data, { ...server, password, adopted }, forget);
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * The server that runs on the data below `dir`, if one does, without starting anything. It may be in the claim of a
 * living process, such as the `npm start` that started it, and stays there.
 * Errors: throws when the machine cannot run the binaries.
 */
export async function findPostgres(dir: string): Promise<RunningPostgres | undefined> {
  const pidFile = await readPidFile(join(dir, "data"));
  if (pidFile === undefined || !(await isServerOf(await realpath(join(dir, "data")), pidFile)))
    return undefined;
  const account = await serverAccount();
  const password = await keepPassword(join(dir, "password"));
  const binaries = await locatePostgres(account);
  const data = await openDataDirectory({ dir: await realpath(dir), account, binaries, password });
  const running = await findRunningServer(data);
  return running && handleOf(data, { ...running, password, adopted: true }, () => Promise.resolve());
}

function handleOf(
  data: DataDirectory,
  server: Server & { readonly password: string; readonly adopted: boolean },
  forget: () => Promise<void>,
): RunningPostgres {
  const { pid, port, password, adopted } = server;
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE_NAME}`,
    pid,
    port,
    adopted,
    stop: async (mode = "fast") => {
      await stopServer(data, pid, mode);
      await forget();
    },
    kill9: async () => {
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
      await waitUntilGone(pid, 10_000);
      await forget();
    },
  };
}

type Server = { readonly pid: number; readonly port: number };

const START_ATTEMPTS_MAX = 5;
const LOG_BYTES_MAX = 10 * 1024 * 1024;

async function launch(dir: string, data: DataDirectory, options: PostgresOptions): Promise<Server> {
  const portFile = join(dir, "port");
  const logFile = join(data.path, "server.log");
  await clearLeftovers(data);
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(options.port, portFile);
    await writeSettings(data, settingsFor(port, options.settings));
    const logSize = await stat(logFile).then(
      ({ size }) => size,
      () => 0,
    );
    if (logSize > LOG_BYTES_MAX) await truncate(logFile);
    const started = await runInDataDirectory(data, "pgCtl", ["start", "-w", "-t", "300", "-l", "server.log"]);
    const pidFile = await readPidFile(data.path);
    if (started.code === 0 && pidFile !== undefined) {
      await writeFile(portFile, `${port}\n`);
      options.log.info({ pid: pidFile.pid, port }, "PostgreSQL is ready");
      return { pid: pidFile.pid, port };
    }
    const said = (await readFile(logFile, "utf8").catch(() => "")).slice(
      logSize > LOG_BYTES_MAX ? 0 : logSize,
    );
    // Both pass: backends of a killed postmaster go within moments, and a port can be lost between choice and use.
    const passes = /pre-existing shared memory block|Address already in use|could not bind/.test(said);
    if (!passes || attempt === START_ATTEMPTS_MAX) {
      throw new Error(
        `PostgreSQL did not start (pg_ctl ${started.code}): ${started.output}\n${said.slice(-2000)}`,
      );
    }
    await sleep(200 * attempt);
  }
}

async function choosePort(insisted: number | undefined, portFile: string): Promise<number> {
  if (insisted !== undefined && insisted !== 0) {
    if (await isPortFree(insisted)) return insisted;
    throw new Error(
      `port ${insisted} of 127.0.0.1 is taken by another program: choose another one for PostgreSQL`,
    );
  }
  const remembered = Number(await readFile(portFile, "utf8").catch(() => "0"));
  const usable = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536;
  return usable && (await isPortFree(remembered)) ? remembered : freePort();
}

function settingsFor(port: number, settings: Readonly<Record<string, string>> = {}) {
  return {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    password_encryption: "scram-sha-256",
    fsync: "on",
    synchronous_commit: "on",
    max_connections: "200",
    shared_buffers: "256MB",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_checkpoints: "off",
    ...settings,
  };
}

// A crashed server's pid file names a process that is gone, which PostgreSQL sees for itself, or one that has its pid
// now, which it takes for a rival. It also refuses while children of the dead server are still on their way out.
async function clearLeftovers(data: DataDirectory): Promise<void> {
  const pidFile = await readPidFile(data.path);
  if (pidFile === undefined) return;
  const deadline = performance.now() + 10_000;
  while (processesIn(data.path).length > 0 && performance.now() < deadline) await sleep(50);
  if (!(await isServerOf(data.path, pidFile)) && processesIn(data.path).length === 0) {
    await rm(join(data.path, "postmaster.pid"), { force: true });
  }
}

async function findRunningServer(data: DataDirectory): Promise<Server | undefined> {
  const pidFile = await readPidFile(data.path);
  if (pidFile === undefined || !(await isServerOf(data.path, pidFile))) return undefined;
  // The file is complete only when the server is ready; a crash recovery may take its time.
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    const now = await readPidFile(data.path);
    if (now === undefined || !isAlive(now.pid)) return undefined;
    if (now.status === "ready") return { pid: now.pid, port: now.port };
    await sleep(100);
  }
  throw new Error(
    `the PostgreSQL server ${pidFile.pid} on ${data.path} has not become ready in five minutes`,
  );
}

async function isServerOf(dataPath: string, pidFile: { pid: number }): Promise<boolean> {
  if (!isAlive(pidFile.pid)) return false;
  if (process.platform === "linux") return processesIn(dataPath).includes(pidFile.pid);
  return process.platform === "win32" || commandLine(pidFile.pid).includes("postgres");
}

async function stopServer(data: DataDirectory, pid: number, mode: "fast" | "immediate"): Promise<void> {
  if (!isAlive(pid)) return;
  const stopped = await runInDataDirectory(data, "pgCtl", ["stop", "-m", mode, "-w", "-t", "60"]);
  if (!(await waitUntilGone(pid, 5_000))) {
    throw new Error(`PostgreSQL ${pid} did not stop (pg_ctl ${stopped.code}): ${stopped.output}`);
  }
}

// Lines: pid, data directory, start time, port, socket directory, listen address, shared memory key, status.
async function readPidFile(dataPath: string) {
  const text = await readFile(join(dataPath, "postmaster.pid"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const lines = text.split("\n").map((line) => line.trim());
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3]), status: lines[7] } : undefined;
}
