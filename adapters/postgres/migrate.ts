import { createHash, createHmac } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

const MIGRATIONS = new URL("../../migrations/", import.meta.url);
const LOCK_KEY = 5_686_511; // any constant: two migrators take turns

/** Roles that processes connect as. None owns a table, none can bypass row-level security. */
export type ServiceRole = "lotwise_api" | "lotwise_worker" | "lotwise_operator";

/**
 * Brings a database to the newest version: makes the roles, then applies the files of `migrations/` that it has not
 * seen, each in a transaction of its own, in order.
 * Errors: throws when an applied file was changed since, and when the server could lose an acknowledged commit.
 */
export async function migrate(
  ownerUrl: string,
  options: { folder?: URL } = {},
): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000 });
  // A connection that is lost fails the query in hand; without a listener it would also end the process.
  client.on("error", () => {});
  await client.connect();
  try {
    await assertDurable(client);
    await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    await whileOthersChangeRoles(() => ensureRoles(client, ownerUrl));
    return { applied: await applyMissing(client, options.folder ?? MIGRATIONS) };
  } finally {
    await client.end();
  }
}

/**
 * Where a service role connects. Its password follows from the owner's, so that one URL is enough to run everything;
 * set DATABASE_API_URL, DATABASE_WORKER_URL and DATABASE_OPERATOR_URL instead where processes must not know the owner's.
 */
export function serviceUrl(ownerUrl: string, role: ServiceRole): string {
  const url = new URL(ownerUrl);
  url.password = rolePassword(decodeURIComponent(url.password), role);
  url.username = role;
  return url.href;
}

function rolePassword(ownerPassword: string, role: ServiceRole): string {
  return createHmac("sha256", ownerPassword).update(role).digest("hex");
}

/** A 201 is a promise; a server that may forget a commit cannot keep it. */
async function assertDurable(client: pg.Client): Promise<void> {
  for (const setting of ["fsync", "full_page_writes"]) {
    const { rows } = await client.query<{ value: string }>("select current_setting($1) as value", [setting]);
    if (rows[0]?.value !== "on")
      throw new Error(`PostgreSQL runs with ${setting} off: acknowledged trades could be lost`);
  }
  const { rows } = await client.query<{ value: string }>(
    "select current_setting('synchronous_commit') as value",
  );
  if (rows[0]?.value === "off") {
    throw new Error("PostgreSQL runs with synchronous_commit off: acknowledged trades could be lost");
  }
}

const ROLE_ATTEMPTS_MAX = 20;
const ROLE_RETRY_MS = 50;

/** Roles belong to the server: a migrator of another of its databases may be changing them, and no lock is shared. */
async function whileOthersChangeRoles(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isTheirs = error instanceof Error && error.message === "tuple concurrently updated";
      if (!isTheirs || attempt === ROLE_ATTEMPTS_MAX) throw error;
      await delay(Math.random() * ROLE_RETRY_MS);
    }
  }
}

async function ensureRoles(client: pg.Client, ownerUrl: string): Promise<void> {
  const ownerPassword = decodeURIComponent(new URL(ownerUrl).password);
  for (const role of ["lotwise_api", "lotwise_worker", "lotwise_operator"] as const) {
    await ensureRole(client, role);
    if (ownerPassword !== "") {
      const password = client.escapeLiteral(rolePassword(ownerPassword, role));
      await client.query(`alter role ${role} login password ${password}`);
    }
  }
  await ensureRole(client, "lotwise_definer");
  // Making lotwise_definer the owner of functions takes membership, which a superuser has anyway.
  await client.query(
    "do $$ begin if not pg_has_role(current_user, 'lotwise_definer', 'member') then execute format('grant lotwise_definer to %I', current_user); end if; end $$",
  );
}

async function ensureRole(client: pg.Client, role: string): Promise<void> {
  await client.query(
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${role}') then
         create role ${role} noinherit;
       end if;
     exception when duplicate_object or unique_violation then null;
     end $$`,
  );
}

async function applyMissing(client: pg.Client, folder: URL): Promise<string[]> {
  await client.query(
    `create table if not exists schema_migration (
       name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    "select name, checksum from schema_migration",
  );
  const seen = new Map(rows.map((row) => [row.name, row.checksum]));
  const applied: string[] = [];
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(".sql")).toSorted()) {
    const text = await readFile(new URL(name, folder), "utf8");
    const checksum = createHash("sha256").update(text).digest("hex");
    const before = seen.get(name);
    if (before === checksum) continue;
    if (before !== undefined) {
      throw new Error(`migrations/${name} was changed after it was applied; add a new file instead`);
    }
    await applyOne(client, { name, text, checksum });
    applied.push(name);
  }
  return applied;
}

async function applyOne(
  client: pg.Client,
  file: { name: string; text: string; checksum: string },
): Promise<void> {
  await client.query("begin");
  try {
    await client.query(file.text);
    await client.query("insert into schema_migration (name, checksum) values ($1, $2)", [
      file.name,
      file.checksum,
    ]);
    const { command } = await client.query("commit");
    if (command !== "COMMIT") throw new Error(`the server answered ${command} to commit`);
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw new Error(`migrations/${file.name} failed`, { cause: error });
  }
}
