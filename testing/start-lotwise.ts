import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stopWithParent } from "#adapters/embedded/parent-watch.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const READY = /Lotwise is ready on (http:\/\/[^\s]+)/;
const READY_WITHIN_MS = 90_000;

/** `npm start` as a user runs it, on data of its own and a free port. */
export interface RunningLotwise {
  readonly baseUrl: string;
  readonly dataFolder: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Ctrl-C, and waits for the end. Returns the exit code. */
  stop(): Promise<number | null>;
}

export async function startLotwise(
  options: { dataFolder?: string; env?: Record<string, string> } = {},
): Promise<RunningLotwise> {
  const own = options.dataFolder === undefined;
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), "lotwise-start-")));
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
    cwd: ROOT,
    env: { ...process.env, LOTWISE_DATA: dataFolder, PORT: "0", BCRYPT_COST: "4", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A test that fails, or is killed, leaves nothing behind.
  stopWithParent(child.pid!, "INT");
  let output = "";
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`Lotwise did not start in time:\n${output}`));
    }, READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      const match = READY.exec(output);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match[1]!);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`Lotwise ended with ${String(code)}:\n${output}`));
    });
  });
  return {
    baseUrl,
    dataFolder,
    child,
    output: () => output,
    async stop() {
      child.kill("SIGINT");
      const code = await exited;
      if (own) await rm(dataFolder, { recursive: true, force: true });
      return code;
    },
  };
}
