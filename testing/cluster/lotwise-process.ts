import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { stopWithParent } from "#adapters/embedded/parent-watch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUTPUT_LENGTH_MAX = 100_000;

/** One process of an installation, started from the sources like any other. It can be killed and started again. */
export class LotwiseProcess {
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #exit: Promise<number | null> = Promise.resolve(null);
  #output = "";

  /** Shape: `args` as after `node`; `env` on top of ours. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#args = args;
    this.#env = env;
  }

  start(): this {
    const child = spawn(process.execPath, this.#args, {
      cwd: ROOT,
      env: { ...process.env, LOG_LEVEL: "warn", BCRYPT_COST: "4", ...this.#env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    // A test run that is killed leaves nothing behind.
    const endWatch = stopWithParent(child.pid!, "KILL");
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString("utf8")).slice(-OUTPUT_LENGTH_MAX);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#exit = new Promise<number | null>((resolve) => child.once("exit", resolve)).finally(endWatch);
    return this;
  }

  /** Of the newest life; 0 before the first. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what all its lives have written. */
  get output(): string {
    return this.#output;
  }

  /** Errors: throws when it is not running, with the end of its output. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning || this.#child?.kill(signal) !== true) {
      throw new Error(`${this.#args.join(" ")} ended by itself:\n${this.#output.slice(-4_000)}`);
    }
  }

  async kill9(): Promise<void> {
    if (!this.isRunning) return;
    this.signal("SIGKILL");
    await this.#exit;
  }

  /** Asks it to end and returns its exit code. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    return this.#exit;
  }
}

/** Resolves when an API answers that it can serve. */
export async function untilReady(api: LotwiseProcess, baseUrl: string, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const isReady = await fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(3_000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (!api.isRunning || performance.now() > deadline) {
      throw new Error(`the API did not become ready:\n${api.output.slice(-4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
