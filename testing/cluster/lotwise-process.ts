import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stopWithParent } from "#adapters/embedded/parent-watch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUTPUT_LENGTH_MAX = 100_000;
/** How soon a process that ended is started again while it is kept alive. */
const RESTART_MS = 100;
/** On a machine that is busy with other things seven processes at once take their time. */
const READY_WITHIN_MS = 120_000;

/** How one life differs from the usual: what stands before `node`, what node is told, further environment. */
export interface Life {
  readonly launcher?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of an installation, started from the sources like any other. It can be killed and started again. */
export class LotwiseProcess {
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #logFile: string | undefined;
  #child: ChildProcess | undefined;
  #exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }> = Promise.resolve({
    code: null,
    signal: null,
  });
  #output = "";
  #isKept = false;
  #isAskedToEnd = false;
  #nextLife: Life = {};
  /** The exits that nobody asked for, each with the end of the output. */
  readonly ownExits: string[] = [];

  /** Shape: `args` as after `node`; `env` on top of ours; `logFile` also gets everything that it writes. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>, logFile?: string) {
    this.#args = args;
    this.#env = env;
    this.#logFile = logFile;
  }

  /** Starts it, and starts it again 100 ms after it has ended, for whatever reason, until `stop`. */
  keepAlive(): this {
    this.#isKept = true;
    return this.start();
  }

  start(life: Life = {}): this {
    const [program, ...before] = [...(life.launcher ?? []), process.execPath, ...(life.nodeArgs ?? [])];
    const child = spawn(program!, [...before, ...this.#args], {
      cwd: ROOT,
      env: { ...process.env, LOG_LEVEL: "warn", BCRYPT_COST: "4", ...this.#env, ...life.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#isAskedToEnd = false;
    // A run that is killed leaves nothing behind.
    const endWatch = stopWithParent(child.pid!, "KILL");
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString("utf8")).slice(-OUTPUT_LENGTH_MAX);
      if (this.#logFile !== undefined) appendFileSync(this.#logFile, chunk);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        endWatch();
        if (!this.#isAskedToEnd) this.ownExits.push(`${code ?? signal}: ${this.#output.slice(-2_000)}`);
        if (this.#isKept) setTimeout(() => this.#revive(), RESTART_MS);
        resolve({ code, signal });
      });
    });
    return this;
  }

  /** Of the newest life; 0 before the first. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Makes the next life one of this kind; it takes a kill to begin it. */
  set nextLife(life: Life) {
    this.#nextLife = life;
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
      throw new Error(`${this.#args.join(" ")} is not running:\n${this.#output.slice(-4_000)}`);
    }
  }

  /** Resolves true when it was SIGKILL that ended it, false when it was not running or ended by itself. */
  async kill9(): Promise<boolean> {
    if (!this.isRunning) return false;
    this.#isAskedToEnd = true;
    this.signal("SIGKILL");
    return (await this.#exit).signal === "SIGKILL";
  }

  /** Asks it to end, for good, and returns its exit code. */
  async stop(): Promise<number | null> {
    this.#isKept = false;
    if (!this.isRunning) return null;
    this.#isAskedToEnd = true;
    this.signal("SIGTERM");
    return (await this.#exit).code;
  }

  /** SIGKILL, for good. */
  async end(): Promise<void> {
    this.#isKept = false;
    await this.kill9();
  }

  #revive(): void {
    if (!this.#isKept || this.isRunning) return;
    const life = this.#nextLife;
    this.#nextLife = {};
    this.start(life);
  }
}

/** Whether an API answers that it can serve. */
export function isServing(baseUrl: string): Promise<boolean> {
  return fetch(`${baseUrl}/health/ready`, { signal: AbortSignal.timeout(3_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Resolves when an API answers that it can serve. Errors: rejects with its output when it does not. */
export async function untilReady(
  api: LotwiseProcess,
  baseUrl: string,
  withinMs = READY_WITHIN_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isServing(baseUrl))) {
    if (!api.isRunning || performance.now() > deadline) {
      throw new Error(`the API did not become ready:\n${api.output.slice(-4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
