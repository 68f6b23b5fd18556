import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startPostgres } from "../embedded/postgres.ts";
import { silentLogger } from "../ports.ts";
import { migrate, serviceUrl } from "./migrate.ts";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);
const made: string[] = [];
let folder: string;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lotwise-migrations-"));
  files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).toSorted();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const name of made) await query(inject("postgresUrl"), `drop database ${name} with (force)`);
});

/** Owner's URL of an empty database on the tests' server. */
async function emptyDatabase(): Promise<string> {
  const name = `migrate_${randomUUID().replaceAll("-", "")}`;
  await query(inject("postgresUrl"), `create database ${name}`);
  made.push(name);
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  return url.href;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe("migrate", () => {
  test("applies every file once, in order, and finds nothing to do the second time", async () => {
    const url = await emptyDatabase();
    expect(await migrate(url)).toEqual({ applied: files });
    expect(await migrate(url)).toEqual({ applied: [] });
    const rows = await query(url, "select name from schema_migration order by applied_at, name");
    expect(rows).toEqual(files.map((name) => ({ name })));
  });

  test("lets processes that start at once take turns: one applies, all find the database ready", async () => {
    const url = await emptyDatabase();
    const results = await Promise.all(Array.from({ length: 8 }, () => migrate(url)));
    expect(results.flatMap(({ applied }) => applied)).toEqual(files);
  });

  test("lets databases of one server be migrated at once, although they share its roles", async () => {
    const urls = await Promise.all(Array.from({ length: 4 }, () => emptyDatabase()));
    const results = await Promise.all([...urls, ...urls, ...urls].map((url) => migrate(url)));
    expect(results.flatMap(({ applied }) => applied)).toHaveLength(4 * files.length);
  });

  test("gives each service a role that owns nothing and passes no row-level security", async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const roles = await query(
      url,
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles
       where rolname like 'lotwise\\_%' order by rolname`,
    );
    const powerless = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
    expect(roles).toEqual(
      ["lotwise_api", "lotwise_definer", "lotwise_operator", "lotwise_worker"].map((rolname) => ({
        rolname,
        ...powerless,
      })),
    );
    const owned = await query(
      url,
      `select relname from pg_class where relowner <> current_user::regrole
       and relnamespace = 'public'::regnamespace`,
    );
    expect(owned).toEqual([]);
    for (const role of ["lotwise_api", "lotwise_worker", "lotwise_operator"] as const) {
      expect(await query(serviceUrl(url, role), "select current_user::text as me")).toEqual([{ me: role }]);
      await expect(query(serviceUrl(url, role), "create table mine (id integer)")).rejects.toThrow(
        /permission denied/,
      );
    }
  });

  test("refuses a file that was changed after it was applied", async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await query(url, `update schema_migration set checksum = 'other' where name = '${files[1]}'`);
    await expect(migrate(url)).rejects.toThrow(`migrations/${files[1]} was changed after it was applied`);
  });

  test("leaves nothing of a file that fails, keeps those before it, and goes on from there", async () => {
    const url = await emptyDatabase();
    const options = { folder: pathToFileURL(`${folder}/`) };
    await writeFile(join(folder, "0001-first.sql"), "create table first (id integer);");
    await writeFile(join(folder, "0002-second.sql"), "create table second (id integer); select 1 / 0;");
    await expect(migrate(url, options)).rejects.toThrow("migrations/0002-second.sql failed");
    expect(
      await query(url, "select to_regclass('first') is not null as first, to_regclass('second')"),
    ).toEqual([{ first: true, to_regclass: null }]);
    await writeFile(join(folder, "0002-second.sql"), "create table second (id integer);");
    expect(await migrate(url, options)).toEqual({ applied: ["0002-second.sql"] });
  });

  test("fails alone when its connection is killed in the middle, and the next one does it all", async () => {
    const url = await emptyDatabase();
    const options = { folder: pathToFileURL(`${await mkdtemp(join(folder, "slow-"))}/`) };
    const slow = new URL("0001-slow.sql", options.folder);
    await writeFile(slow, "create table half_done (id integer); select pg_sleep(60);");
    const killed = migrate(url, options).catch((error: unknown) => error);
    const isSleeping = "from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    await expect.poll(() => query(url, `select 1 ${isSleeping}`)).toHaveLength(1);
    await query(url, `select pg_terminate_backend(pid) ${isSleeping}`);
    expect(await killed).toBeInstanceOf(Error);
    await writeFile(slow, "create table half_done (id integer);");
    expect(await migrate(url, options)).toEqual({ applied: ["0001-slow.sql"] });
  });
});

describe("a server that could lose an acknowledged commit", () => {
  test.each(["fsync", "full_page_writes"])("is refused with %s off", async (setting) => {
    const dir = await mkdtemp(join(tmpdir(), "lotwise-careless-"));
    const server = await startPostgres({ dir, log: silentLogger, settings: { [setting]: "off" } });
    await expect(migrate(server.url)).rejects.toThrow(`PostgreSQL runs with ${setting} off`);
    expect(await query(server.url, "select to_regclass('schema_migration') as table")).toEqual([
      { table: null },
    ]);
    await server.kill9();
    await rm(dir, { recursive: true, force: true });
  });

  test("is refused with synchronous_commit off, wherever it was turned off", async () => {
    const url = await emptyDatabase();
    const name = new URL(url).pathname.slice(1);
    await query(url, `alter database ${name} set synchronous_commit = off`);
    await expect(migrate(url)).rejects.toThrow("PostgreSQL runs with synchronous_commit off");
    await query(url, `alter database ${name} set synchronous_commit = local`);
    await expect(migrate(url)).resolves.toEqual({ applied: files });
  });
});
