import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export type Finished = {
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
};

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `show` lets the output through as it comes, `keep` returns it. */
  readonly output: "show" | "keep";
};

const running = new Set<ChildProcess>();
let isEnding = false;

/** Runs a command at the root of the project. Errors: none; a program that cannot be run is a failure like others. */
export function runCommand({ program, args, env = {}, output }: Command): Promise<Finished> {
  if (isEnding) return Promise.resolve({ ok: false, output: "interrupted", seconds: 0 });
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: output === "show" ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
    const finish = (ok: boolean, note = "") => {
      running.delete(child);
      const text = Buffer.concat(chunks).toString("utf8");
      resolve({ ok, output: `${text}${note}`.trimEnd(), seconds: (performance.now() - start) / 1000 });
    };
    child.on("error", (error) => finish(false, `${program}: ${error.message}`));
    child.on("close", (code, signal) => {
      finish(code === 0, signal === null ? "" : `\n${program} was ended by ${signal}`);
    });
  });
}

/** When we are asked to end, ends what is running and starts nothing more: no test outlives the command that began it. */
export function endCommandsWithUs(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      isEnding = true;
      for (const child of running) child.kill(signal);
    });
  }
}
