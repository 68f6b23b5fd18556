/*
 * The second wall: were the text of a query to forget whose rows it asks for, the database would still show none of
 * another user's and store none in their name. Asked here in plain SQL, as the roles that the processes connect as.
 */
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { signedInClient, type ApiClient } from "#testing/api-client.ts";
import { readContents, readTableNames } from "#testing/table-contents.ts";
import { startTestServer } from "#testing/test-server.ts";
import { sqlState } from "./errors.ts";
import { asUser, openDatabase, type Db, type Trx } from "./pool.ts";
import { silentLogger } from "../ports.ts";

const server = await startTestServer({ ticking: false });
const { api, worker, operator, owner } = server.database;
const tables = await readTableNames(owner);
const NOBODYS = [
  "instrument",
  "unreadable_record_count",
  "consumer_control",
  "worker_process",
  "reconciliation_run",
];
const tenantTables = tables.filter((table) => !NOBODYS.includes(table));
afterAll(() => server.close());

let a: ApiClient;
let b: ApiClient;

beforeAll(async () => {
  [a, b] = [await signedInClient(server.baseUrl), await signedInClient(server.baseUrl)];
  for (const user of [a, b]) {
    const { id } = await user.portfolio({ trackCash: true });
    const trade = { portfolioId: id, symbol: "ACME.SIM", price: "10" };
    await user.record({ ...trade, type: "buy", quantity: "10" });
    await user.record({ ...trade, type: "sell", quantity: "20" });
    await user.record(
      { ...trade, type: "sell", quantity: "5" },
      { prefer: "wait=8", "idempotency-key": "k" },
    );
    await sql`insert into dead_letter (id, source, reason, detail, portfolio_id)
      values (gen_random_uuid(), 'matching', 'cannot-be-matched', 'Error: none', ${id})`.execute(owner);
    await sql`insert into operator_action (user_id, actor, action, subject)
      values (${user.userId}, 'somebody', 'grant-operator', 'user somebody')`.execute(owner);
    await sql`
      with asked as (
        insert into rebuild (id, user_id, requested_by, total, finished_at)
        values (gen_random_uuid(), ${user.userId}, 'its owner', 1, now()) returning id
      ), of_portfolio as (
        insert into rebuild_portfolio (rebuild_id, portfolio_id, finished_at, differences)
        select id, ${id}, now(), 0 from asked
      ), run as (
        insert into reconciliation_run (id, finished_at) values (gen_random_uuid(), now()) returning id
      ), finding as (
        insert into reconciliation_finding (run_id, portfolio_id, law, subject) select id, ${id}, 'a-law', 'lot' from run
      )
      insert into ledger_seal (portfolio_id, sequence, hash, marks)
      values (${id}, 1, sha256(''), substr(sha256(''), 1, 8))`.execute(owner);
  }
});
// What is on its way to the matchers arrives, so that afterwards only a statement changes anything.
beforeEach(() => vi.waitUntil(async () => (await count(owner, "outbox")) === 0, { timeout: 5_000 }));

/** The condition by which a table's rows are one user's. */
function rowsOf(table: string, userId: string) {
  const column: Record<string, string> = {
    app_user: "id",
    session: "user_id",
    portfolio: "owner_id",
    idempotency_key: "user_id",
    operator_action: "user_id",
    rebuild: "user_id",
  };
  const own = column[table];
  return own === undefined
    ? sql`portfolio_id in (select id from portfolio where owner_id = ${userId})`
    : sql`${sql.ref(own)} = ${userId}`;
}

/** The number that `work` gives, or the SQLSTATE by which it was refused. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  return work.catch((error: unknown) => sqlState(error) ?? error);
}

const DENIED = "42501";
const NOTHING = [0, DENIED];

const count = async (db: Db | Trx, table: string, where = sql`true`) => {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(table)} where ${where}`.execute(db);
  return rows[0]!.count;
};

test("what is tested is there: every tenant table holds rows of both", async () => {
  for (const table of tenantTables.filter((name) => name !== "outbox")) {
    for (const user of [a, b]) {
      expect([table, await count(owner, table, rowsOf(table, user.userId))]).not.toEqual([table, 0]);
    }
  }
});

describe.for(tenantTables)("%s", (table) => {
  test("shows a user nothing of another", async () => {
    const all = await outcome(asUser(api, a.userId, (trx) => count(trx, table)));
    const own = await outcome(asUser(api, a.userId, (trx) => count(trx, table, rowsOf(table, a.userId))));
    expect(all).toBe(own);
    // The condition names ids that the owner knows, so that it does not depend on what is visible.
    const theirs = await sql<{ row: string }>`
      select ctid::text as row from ${sql.table(table)} where ${rowsOf(table, b.userId)}`.execute(owner);
    const places = theirs.rows.map(({ row }) => row);
    const seen = await outcome(
      asUser(api, a.userId, (trx) => count(trx, table, sql`ctid = any (${places}::tid[])`)),
    );
    expect(NOTHING).toContain(seen);
  });

  test("shows nothing at all to nobody", async () => {
    expect(NOTHING).toContain(await outcome(count(api, table)));
    expect(NOTHING).toContain(await outcome(asUser(api, "", (trx) => count(trx, table))));
  });

  test("takes no row in another's name", async () => {
    const before = await readContents(owner);
    const columns = await writableColumns(table);
    const { rows } = await sql<{ row: unknown }>`
      select to_jsonb(stored) as row from ${sql.table(table)} stored
      where ${rowsOf(table, b.userId)} limit 1`.execute(owner);
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const row = JSON.stringify(rows[0]?.row ?? { portfolio_id: await portfolioOf(b), sequence: 1 });
    const insert = asUser(api, a.userId, (trx) =>
      sql`insert into ${sql.table(table)} (${names})
        select ${names} from jsonb_populate_record(null::${sql.table(table)}, ${row}::jsonb)`.execute(trx),
    );
    expect(await outcome(insert)).toBe(DENIED);
    expect(await readContents(owner)).toEqual(before);
  });

  test("lets nobody change or delete another's", async () => {
    const before = await readContents(owner);
    for (const column of await writableColumns(table)) {
      const update = asUser(api, a.userId, async (trx) => {
        const { numAffectedRows } = await sql`
          update ${sql.table(table)} set ${sql.ref(column)} = ${sql.ref(column)}
          where ${rowsOf(table, b.userId)}`.execute(trx);
        return Number(numAffectedRows);
      });
      expect([column, await outcome(update)]).toSatisfy(([, result]) => NOTHING.includes(result as number));
    }
    const remove = asUser(api, a.userId, (trx) => sql`delete from ${sql.table(table)}`.execute(trx));
    expect(await outcome(remove)).toBe(DENIED);
    expect(await readContents(owner)).toEqual(before);
  });
});

async function writableColumns(table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attidentity = ''
      and attgenerated = ''`.execute(owner);
  return rows.map((row) => row.name);
}

async function portfolioOf(user: ApiClient): Promise<string> {
  const row = await owner
    .selectFrom("portfolio")
    .select("id")
    .where("owner_id", "=", user.userId)
    .executeTakeFirstOrThrow();
  return row.id;
}

describe("what no role may do", () => {
  test.for(["api", "worker", "operator"] as const)(
    "%s: change or delete what was recorded, also of its own",
    async (role) => {
      const db = { api, worker, operator }[role];
      for (const statement of [
        sql`update transaction set quantity = 1`,
        sql`update transaction set notes = notes`,
        sql`delete from transaction`,
        sql`truncate transaction`,
        sql`update portfolio set owner_id = owner_id`,
        sql`delete from portfolio`,
        sql`select password_hash from app_user`,
        sql`alter table transaction disable row level security`,
        sql`create table intruder ()`,
        sql`set role lotwise_definer`,
        sql`alter role current_user bypassrls`,
      ]) {
        expect(await outcome(asUser(db, a.userId, (trx) => statement.execute(trx)))).toBe(DENIED);
      }
    },
  );

  test("the worker: read accounts or sessions, or change portfolios", async () => {
    for (const statement of [
      sql`select id from app_user`,
      sql`select id from session`,
      sql`update portfolio set name = 'x'`,
      sql`insert into idempotency_key select * from idempotency_key`,
      sql`select record_transactions('{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}')`,
      sql`select find_credentials('a')`,
    ]) {
      expect(await outcome(statement.execute(worker))).toBe(DENIED);
    }
  });

  test("an operator: see what signs users in or tells who they are, or decide for them", async () => {
    for (const statement of [
      sql`select email from app_user`,
      sql`update app_user set operator = true`,
      sql`select id from session`,
      sql`select key from idempotency_key`,
      sql`select amount from cash_flow`,
      sql`update portfolio set rules_version = rules_version`,
      sql`update portfolio_state set applied_sequence = applied_sequence`,
      sql`delete from position`,
      sql`delete from outbox`,
      sql`update dead_letter set detail = ''`,
      sql`delete from dead_letter`,
      sql`update operator_action set actor = 'nobody'`,
      sql`delete from operator_action`,
      sql`select record_transactions('{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}')`,
      sql`select find_credentials('a')`,
    ]) {
      expect(await outcome(statement.execute(operator))).toBe(DENIED);
    }
  });

  test("the user of one transaction is forgotten by the next on the same connection", async () => {
    const { db } = openDatabase(server.database.apiUrl, {
      log: silentLogger,
      applicationName: "one connection",
      connectionsMax: 1,
    });
    try {
      expect(await asUser(db, a.userId, (trx) => count(trx, "portfolio"))).toBe(1);
      expect(await count(db, "portfolio")).toBe(0);
      await asUser(db, b.userId, () => Promise.reject(new Error("rolled back"))).catch(() => {});
      expect(await count(db, "portfolio")).toBe(0);
    } finally {
      await db.destroy();
    }
  });
});

describe("the catalog", () => {
  const names = async (query: ReturnType<typeof sql<{ name: string }>>) =>
    (await query.execute(owner)).rows.map((row) => row.name);

  test("the roles bypass nothing, and own no table", async () => {
    const roles = await sql`
      select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit
      from pg_roles where rolname like 'lotwise\\_%' order by rolname`.execute(owner);
    const none = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolinherit: false,
    };
    expect(roles.rows).toEqual(
      ["lotwise_api", "lotwise_definer", "lotwise_operator", "lotwise_worker"].map((rolname) => ({
        rolname,
        ...none,
      })),
    );
    const owned = sql<{
      name: string;
    }>`select relname as name from pg_class c join pg_roles r on r.oid = c.relowner
      where r.rolname like 'lotwise\\_%'`;
    expect(await names(owned)).toEqual([]);
  });

  test("every table with an owner in it has row-level security, forced", async () => {
    const open = sql<{ name: string }>`
      select distinct c.relname as name
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
      left join pg_attribute a on a.attrelid = c.oid and a.attname in ('portfolio_id', 'user_id', 'owner_id', 'email')
      where c.relkind in ('r', 'p') and a.attname is not null
        and not (c.relrowsecurity and c.relforcerowsecurity)`;
    expect(await names(open)).toEqual([]);
  });

  test("no policy shows the API more than one user's rows", async () => {
    const wide = sql<{ name: string }>`
      select tablename || '.' || policyname as name from pg_policies
      where ('lotwise_api' = any (roles) or 'public' = any (roles))
        and (coalesce(qual, '') not like '%app_user_id()%' or coalesce(with_check, qual) not like '%app_user_id()%')`;
    expect(await names(wide)).toEqual([]);
  });

  test("functions that run as another are the API's alone, and find their tables where we put them", async () => {
    const loose = sql<{ name: string }>`
      select p.proname as name from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'public'
      where p.prosecdef and (
        p.proowner <> 'lotwise_definer'::regrole
        or not 'search_path=public, pg_temp' = any (p.proconfig)
        or has_function_privilege('lotwise_worker', p.oid, 'execute')
        or not has_function_privilege('lotwise_api', p.oid, 'execute'))`;
    expect(await names(loose)).toEqual([]);
  });

  test("every foreign key is indexed, without leaving rows out", async () => {
    const unindexed = sql<{ name: string }>`
      select c.conrelid::regclass || '.' || c.conname as name
      from pg_constraint c
      where c.contype = 'f' and not exists (
        select from pg_index i
        where i.indrelid = c.conrelid and i.indisvalid and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`;
    const missing = await names(unindexed);
    // Instruments, portfolios and accounts are never deleted: an index for the check would be written and never read.
    // What is looked up by these columns has partial indexes.
    expect(missing.filter((name) => !name.endsWith("_instrument_id_fkey")).toSorted()).toEqual([
      "portfolio.portfolio_owner_id_fkey",
      "transaction.transaction_to_portfolio_id_fkey",
    ]);
  });
});
