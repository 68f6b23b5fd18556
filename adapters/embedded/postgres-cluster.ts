import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import {
  appendFile,
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { canEnter, type PostgresBinaries, type ServerAccount } from "./postgres-binaries.ts";
import { runCommand } from "./processes.ts";

/** A data directory and how the server account addresses it. */
export type DataDirectory = {
  readonly path: string;
  /** What to pass as -D, with `path` as working directory. */
  readonly argument: string;
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
};

export const DATABASE_NAME = "lotwise";
export const SUPERUSER = "lotwise";
const VERSION_MAJOR = "18";

/**
 * Makes sure that `<dir>/data` is a complete PostgreSQL 18 cluster with a superuser and a database named lotwise.
 *
 * initdb works in a directory of another name that is renamed when all is done, so an interrupted one leaves rubbish
 * that the next start sweeps away, never a half-made database.
 *
 * Errors: throws when the account cannot use the directory, when initdb fails, and when the data was written by
 * another major version.
 */
export async function openDataDirectory(options: {
  readonly dir: string;
  readonly account: ServerAccount;
  readonly binaries: PostgresBinaries;
  readonly password: string;
}): Promise<DataDirectory> {
  const { dir, account, binaries, password } = options;
  const path = join(dir, "data");
  if (!existsSync(path)) {
    for (const name of await readdir(dir)) {
      if (name.startsWith("data.half-")) await rm(join(dir, name), { recursive: true, force: true });
    }
    const half = join(dir, `data.half-${randomBytes(4).toString("hex")}`);
    await createOwnedDirectory(half, account);
    await initialise({ path: half, argument: addressOf(half, account), account, binaries }, password);
    await rename(half, path);
    await syncDirectory(dir);
  }
  const version = (await readFile(join(path, "PG_VERSION"), "utf8").catch(() => "none")).trim();
  if (version !== VERSION_MAJOR) {
    throw new Error(
      `${path} holds data of PostgreSQL ${version}, not ${VERSION_MAJOR}: ` +
        "dump it with that version, or set LOTWISE_DATA to another directory",
    );
  }
  return { path, argument: addressOf(path, account), account, binaries };
}

/** Runs one of the bundled programs as the server account inside the data directory. */
export function runInDataDirectory(
  data: DataDirectory,
  program: keyof PostgresBinaries,
  args: readonly string[],
  input?: string,
) {
  return runCommand(data.binaries[program], [...args, "-D", data.argument], {
    ...data.account,
    cwd: data.path,
    env: serverEnvironment(),
    ...(input === undefined ? {} : { input }),
  });
}

/**
 * Reads the superuser's password, made up at the first start.
 * Shape: 32 hexadecimal digits, so that it needs no quoting in a URL, SQL or a shell.
 */
export async function keepPassword(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => "");
  if (/^[0-9a-f]{32}$/.test(kept.trim())) return kept.trim();
  const password = randomBytes(16).toString("hex");
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return password;
}

/** Writes the settings of this start; the cluster's postgresql.conf includes the file. */
export async function writeSettings(data: DataDirectory, settings: Readonly<Record<string, string>>) {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const file = join(data.path, "lotwise.conf");
  await writeFile(file, `# Rewritten at every start.\n${lines.join("\n")}\n`, { mode: 0o600 });
  await giveTo(file, data.account);
}

/**
 * How the account can address `path`. Below a directory it may not enter (mktemp -d or /root, both 0700 and root's)
 * an absolute path is of no use to it, but a working directory is: the kernel lets every process into its own
 * /proc/self/cwd. So nobody's permissions need loosening.
 */
function addressOf(path: string, account: ServerAccount): string {
  if (canEnter(path, account)) return path;
  if (process.platform === "linux" && existsSync("/proc/self/cwd")) return "/proc/self/cwd";
  throw new Error(
    `the account that runs PostgreSQL may not enter ${path}: ` +
      "set LOTWISE_DATA to a directory whose parents everybody may enter, such as /var/lib/lotwise",
  );
}

async function initialise(data: DataDirectory, password: string): Promise<void> {
  // Collation by code point from PostgreSQL's own tables: the same order on every machine, whatever libc it has.
  const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
  // Nobody can log in until pg_hba.conf is replaced below, and no password passes through a file or a command line.
  const access = ["--auth=reject", `--username=${SUPERUSER}`, "--data-checksums"];
  const made = await runInDataDirectory(data, "initdb", [...locale, ...access]);
  if (made.code !== 0) throw new Error(`initdb failed (${made.code}): ${made.output}`);
  const statements = `alter role ${SUPERUSER} password '${password}'\ncreate database ${DATABASE_NAME}\n`;
  const single = ["--single", "-c", "exit_on_error=on", "-c", "log_statement=none"];
  const seeded = await runCommand(data.binaries.postgres, [...single, "-D", data.argument, "postgres"], {
    ...data.account,
    cwd: data.path,
    env: serverEnvironment(),
    input: statements,
  });
  if (seeded.code !== 0) throw new Error(`creating the database failed (${seeded.code}): ${seeded.output}`);
  const hba = join(data.path, "pg_hba.conf");
  await writeFile(hba, "host all all 127.0.0.1/32 scram-sha-256\n", { mode: 0o600 });
  await giveTo(hba, data.account);
  await appendFile(join(data.path, "postgresql.conf"), "\ninclude_if_exists = 'lotwise.conf'\n");
}

async function createOwnedDirectory(path: string, account: ServerAccount): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  try {
    await giveTo(path, account);
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw new Error(
      `${path} cannot be given to the account that runs PostgreSQL (${(error as Error).message}): ` +
        "set LOTWISE_DATA to a directory on a local disk",
      { cause: error },
    );
  }
}

async function giveTo(path: string, account: ServerAccount): Promise<void> {
  if (account.uid !== undefined) await chown(path, account.uid, account.gid ?? account.uid);
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, "r").catch(() => undefined); // Windows opens no directories
  await handle?.sync().catch(() => {});
  await handle?.close();
}

// The caller's PG* variables (PGPORT, PGDATA, PGOPTIONS) must not reach our server.
function serverEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PG"));
  return { ...Object.fromEntries(inherited), LC_ALL: "C", TZ: "UTC" };
}
