import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const READY = /ready (http:\/\/\S+)/;
const READY_WITHIN_MS = 60_000;

/** A server in a process of its own. */
export interface RunningProcess {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts a program of this folder, which says "ready URL" when it listens and ends when its standard input does.
 * Errors: throws with what it said when it does not come up.
 */
export async function startProcess(program: URL, args: readonly string[]): Promise<RunningProcess> {
  const path = fileURLToPath(program);
  const child = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const fail = () => reject(new Error(`${path} did not start:\n${output}`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail();
    }, READY_WITHIN_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString("utf8");

      const found = READY.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => {
      clearTimeout(timer);
      fail();
    });
  });
  return {
    baseUrl,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
