import { execFileSync } from "node:child_process";
import { mkdir, readdir, realpath, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { startKafka, type RunningKafka } from "#adapters/embedded/kafka-server.ts";
import { startPostgres, type RunningPostgres } from "#adapters/embedded/postgres.ts";
import { isPortFree, processesIn } from "#adapters/embedded/processes.ts";
import { startRedis, type RunningRedis } from "#adapters/embedded/redis-server.ts";
import { silentLogger as log } from "#adapters/ports.ts";

/** A server that comes and goes on one port. Its starts and ends never overlap. */
abstract class Service<Running extends { readonly pid: number; kill9(): Promise<void> }> {
  readonly dir: string;
  readonly port: number;
  #running: Running | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dir: string, port: number) {
    this.dir = dir;
    this.port = port;
  }

  protected abstract launch(): Promise<Running>;

  get running(): Running | undefined {
    return this.#running;
  }

  /** Does nothing when it runs. */
  start(): Promise<Running> {
    return this.#inTurn(async () => (this.#running ??= await this.launch()));
  }

  /** Ends it by `how`, SIGKILL unless told. Resolves false when it was not running. */
  end(how: (running: Running) => Promise<void> = (running) => running.kill9()): Promise<boolean> {
    return this.#inTurn(async () => {
      const running = this.#running;
      if (running === undefined) return false;
      await how(running);
      this.#running = undefined;
      return true;
    });
  }

  /** Deletes all that it has on disk. The directory stays: it may be a disk of its own. */
  async wipe(): Promise<void> {
    await this.#inTurn(async () => {
      for (const name of await readdir(this.dir))
        await rm(join(this.dir, name), { recursive: true, force: true });
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

export class PostgresService extends Service<RunningPostgres> {
  protected launch(): Promise<RunningPostgres> {
    // A crash of the server is a matter of a second; waiting for a checkpoint before it would be another.
    return startPostgres({ dir: this.dir, port: this.port, log, settings: { log_min_messages: "error" } });
  }

  /** As far as the data is concerned, the power fails. */
  crash(): Promise<boolean> {
    return this.end((running) => running.stop("immediate"));
  }

  /** The postmaster and all its children. */
  async processes(): Promise<number[]> {
    return processesIn(await realpath(join(this.dir, "data")));
  }
}

export class RedisService extends Service<RunningRedis> {
  protected launch(): Promise<RunningRedis> {
    return startRedis({ dir: this.dir, port: this.port, log });
  }
}

export class KafkaService extends Service<RunningKafka> {
  readonly #libsDir: string;
  /** What clients are told to come to. */
  advertisedPort: number | undefined;

  constructor(dir: string, port: number, libsDir: string) {
    super(dir, port);
    this.#libsDir = libsDir;
  }

  protected launch(): Promise<RunningKafka> {
    return startKafka({
      dir: this.dir,
      port: this.port,
      libsDir: this.#libsDir,
      log,
      ...(this.advertisedPort === undefined ? {} : { advertisedPort: this.advertisedPort }),
    });
  }
}

/** Below the range that the kernel hands out: nobody's outgoing connection takes it while its server is away. */
const PORT_MIN = 15_000;
const PORT_MAX = 32_000;

/** A free port that stays free while the server on it is down. */
export async function quietPort(): Promise<number> {
  for (;;) {
    const port = PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN));
    if (await isPortFree(port)) return port;
  }
}

/** Makes `dir` a file system of its own. Returns how to take it away. Errors: throws where that is not allowed. */
export async function mountSmallDisk(dir: string, megabytes: number): Promise<() => void> {
  await mkdir(dir, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0711`, "tmpfs", dir]);
  let isMounted = true;
  const unmount = () => {
    if (isMounted) execFileSync("umount", ["-l", dir]);
    isMounted = false;
  };
  // Also when the run is cut short.
  process.once("exit", unmount);
  return unmount;
}

/** Leaves no room on the disk of `dir`, by one file that takes it all. */
export async function fillDisk(dir: string, file: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  execFileSync("fallocate", ["-l", String(bavail * bsize), file]);
}
