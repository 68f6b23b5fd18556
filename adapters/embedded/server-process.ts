import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { stopWithParent } from "./parent-watch.ts";
import { isAlive, processIdentity, waitUntilGone } from "./processes.ts";

/** A server that runs as a process of its own. */
export type ServerProcess = {
  readonly pid: number;
  readonly port: number;
  /** True when it ran already. */
  readonly adopted: boolean;
  /** Asks it to end (SIGTERM unless told) and waits; after 30 s, SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** SIGKILL, for fault tests. */
  kill9(): Promise<void>;
};

export type ServerCommand = {
  /** For messages: "Redis". */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly port: number;
  readonly pidFile: string;
  readonly logFile: string;
  /** "parent": ends with this process. "daemon": outlives it. */
  readonly lifetime: "parent" | "daemon";
  readonly isReady: () => Promise<boolean>;
  /** How long it may take to become ready. */
  readonly readyWithinMs: number;
};

/**
 * Starts a server in a session of its own, so that Ctrl-C reaches only us and we end it in order, and waits until it
 * is ready.
 *
 * Errors: throws, with the end of the server's log, when it dies or is not ready in time.
 */
export async function startServerProcess(command: ServerCommand): Promise<ServerProcess> {
  const log = openSync(command.logFile, "a", 0o600);
  const child = spawn(command.program, command.args, {
    cwd: command.cwd,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  child.unref();
  const pid = child.pid;
  if (pid === undefined) {
    await sleep(0);
    throw new Error(`${command.name} could not be started: ${failure?.message ?? command.program}`);
  }
  const record = { pid, identity: processIdentity(pid), port: command.port };
  writeFileSync(command.pidFile, JSON.stringify(record), { mode: 0o600 });
  const endWatch = command.lifetime === "parent" ? stopWithParent(pid, "KILL") : undefined;
  const server = handleOf(command.pidFile, { pid, port: command.port, adopted: false }, endWatch);
  const deadline = performance.now() + command.readyWithinMs;
  while (!(await command.isReady())) {
    const died = !isAlive(pid);
    if (died || performance.now() > deadline) {
      await server.kill9();
      const said = readFileSync(command.logFile, "utf8").slice(-2000);
      const what = died ? "ended" : `was not ready within ${command.readyWithinMs / 1000} s`;
      throw new Error(`${command.name} ${what}; the end of ${command.logFile}:\n${said}`);
    }
    await sleep(50);
  }
  return server;
}

/**
 * The server that a pid file names, if it still is the process that was started then (a pid taken over by another
 * program is not).
 */
export function findServerProcess(pidFile: string): ServerProcess | undefined {
  try {
    const record = JSON.parse(readFileSync(pidFile, "utf8")) as {
      pid: number;
      identity: string;
      port: number;
    };
    if (record.identity === undefined || processIdentity(record.pid) !== record.identity) return undefined;
    return handleOf(pidFile, { pid: record.pid, port: record.port, adopted: true }, undefined);
  } catch {
    return undefined; // no pid file, or half of one
  }
}

function handleOf(
  pidFile: string,
  facts: { readonly pid: number; readonly port: number; readonly adopted: boolean },
  endWatch: (() => void) | undefined,
): ServerProcess {
  const { pid } = facts;
  const identity = processIdentity(pid);
  const signalIfOurs = (signal: NodeJS.Signals) => {
    if (identity !== undefined && processIdentity(pid) === identity) process.kill(pid, signal);
  };
  const forget = () => {
    endWatch?.();
    rmSync(pidFile, { force: true });
  };
  const kill9 = async () => {
    signalIfOurs("SIGKILL");
    await waitUntilGone(pid, 10_000);
    forget();
  };
  return {
    ...facts,
    stop: async (signal = "SIGTERM") => {
      signalIfOurs(signal);
      if (!(await waitUntilGone(pid, 30_000))) return kill9();
      forget();
    },
    kill9,
  };
}
