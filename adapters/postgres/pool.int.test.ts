import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql, type Kysely } from "kysely";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type RunningPostgres } from "../embedded/postgres.ts";
import { isAlive } from "../embedded/processes.ts";
import { silentLogger } from "../ports.ts";
import { databaseErrorKind, sqlState } from "./errors.ts";
import { openDatabase, type Db, type Timeouts } from "./pool.ts";

/*
 * Each of these was seen to hang a process, kill it, or lie to it with the defaults of the driver. A backend is
 * stopped in its tracks here, so the server is this file's own. An error event that nobody listens to is an uncaught
 * exception, which fails the run: that the process lives needs no line of its own.
 */

let dir: string;
let server: RunningPostgres;
const opened: Db[] = [];
const frozen = new Set<number>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "lotwise-pool-"));
  server = await startPostgres({ dir, log: silentLogger });
  await sql`create table counted (id integer primary key, n integer not null)`.execute(open().db);
});
afterEach(async () => {
  for (const pid of [...frozen]) thaw(pid);
  await Promise.all(opened.splice(0).map((db) => db.destroy()));
});
afterAll(async () => {
  await server.kill9();
  await rm(dir, { recursive: true, force: true });
});

function open(options: { connectionsMax?: number; timeouts?: Partial<Timeouts> } = {}): {
  db: Db;
  pool: pg.Pool;
} {
  const database = openDatabase(server.url, { log: silentLogger, applicationName: "pool test", ...options });
  opened.push(database.db);
  return database;
}

async function backendOf(db: Pick<Kysely<never>, "getExecutor">): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  return rows[0]!.pid;
}

async function terminate(pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid})`.execute(open().db);
  await expect.poll(() => isAlive(pid)).toBe(false);
}

function freeze(pid: number): void {
  process.kill(pid, "SIGSTOP");
  frozen.add(pid);
}

function thaw(pid: number): void {
  frozen.delete(pid);
  if (isAlive(pid)) process.kill(pid, "SIGCONT");
}

/** How it failed, and after how many milliseconds. */
async function failureOf(work: Promise<unknown>): Promise<{ error: unknown; afterMs: number }> {
  const began = performance.now();
  try {
    await work;
  } catch (error) {
    return { error, afterMs: performance.now() - began };
  }
  throw new Error("it did not fail");
}

describe("a backend that goes away", () => {
  test("between two queries of a transaction fails the transaction, and the pool heals", async () => {
    const { db, pool } = open({ connectionsMax: 2 });
    for (let round = 0; round < 5; round += 1) {
      const { error } = await failureOf(
        db.transaction().execute(async (trx) => {
          await terminate(await backendOf(trx));
          await sql`insert into counted values (${round}, 1)`.execute(trx);
        }),
      );
      expect(databaseErrorKind(error)).toBe("transient");
    }
    expect((await sql`select from counted`.execute(db)).rows).toEqual([]);
    expect(pool.totalCount).toBe(1);
  });

  test("in the middle of a query fails that query", async () => {
    const { db } = open();
    const { error } = await failureOf(
      db.transaction().execute(async (trx) => {
        const pid = await backendOf(trx);
        await Promise.all([sql`select pg_sleep(5)`.execute(trx), terminate(pid)]);
      }),
    );
    expect(databaseErrorKind(error)).toBe("transient");
    await sql`select 1`.execute(db);
  });

  test("while it idles in the pool is nobody's error", async () => {
    const { db, pool } = open();
    await terminate(await backendOf(db));
    await expect.poll(() => pool.totalCount).toBe(0);
    await sql`select 1`.execute(db);
  });
});

describe("a server that says nothing at all", () => {
  const timeouts = { statementMs: 600, queryMs: 1_000 };

  test("fails a query in time, and its connection is not used again", async () => {
    const { db } = open({ connectionsMax: 1, timeouts });
    const pid = await backendOf(db);
    freeze(pid);
    const { error, afterMs } = await failureOf(sql`select 1`.execute(db));
    expect(databaseErrorKind(error)).toBe("transient");
    expect(afterMs).toBeLessThan(1_500);
    // The only place in the pool is free again: whoever comes next waits behind nobody.
    const began = performance.now();
    expect(await backendOf(db)).not.toBe(pid);
    expect(performance.now() - began).toBeLessThan(500);
    thaw(pid);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("fails a transaction once, not a second time over its rollback", async () => {
    const { db } = open({ connectionsMax: 1, timeouts });
    const { error, afterMs } = await failureOf(
      db.transaction().execute(async (trx) => {
        freeze(await backendOf(trx));
        await sql`insert into counted values (1, 1)`.execute(trx);
      }),
    );
    expect(databaseErrorKind(error)).toBe("transient");
    expect(afterMs).toBeLessThan(1_700);
    await sql`select 1`.execute(db);
  });

  test("takes two seconds at most to refuse a new connection", async () => {
    const { db } = open();
    freeze(server.pid);
    const { error, afterMs } = await failureOf(sql`select 1`.execute(db));
    expect(databaseErrorKind(error)).toBe("transient");
    expect(afterMs).toBeGreaterThan(1_500);
    expect(afterMs).toBeLessThan(2_500);
    thaw(server.pid);
    await sql`select 1`.execute(db);
  });
});

describe("waiting is bounded", () => {
  test("for a free connection by two seconds", async () => {
    const { db } = open({ connectionsMax: 2 });
    const gate = Promise.withResolvers<void>();
    const holders = [1, 2].map(() =>
      db.transaction().execute(async (trx) => {
        await sql`select 1`.execute(trx);
        await gate.promise;
      }),
    );
    const { error, afterMs } = await failureOf(sql`select 1`.execute(db));
    expect(databaseErrorKind(error)).toBe("transient");
    expect(afterMs).toBeLessThan(2_500);
    gate.resolve();
    await Promise.all(holders);
    await sql`select 1`.execute(db);
  });

  test("for a row lock by three seconds, and a client idle in its transaction keeps one for five", async () => {
    const { db } = open();
    await sql`insert into counted values (7, 0)`.execute(db);
    const locked = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const zombie = failureOf(
      db.transaction().execute(async (trx) => {
        await sql`update counted set n = n + 1 where id = 7`.execute(trx);
        locked.resolve();
        await gate.promise;
        await sql`select 1`.execute(trx);
      }),
    );
    await locked.promise;
    const began = performance.now();
    const increment = () => sql`update counted set n = n + 10 where id = 7`.execute(db);
    const { error, afterMs } = await failureOf(increment());
    expect(sqlState(error)).toBe("55P03");
    expect(databaseErrorKind(error)).toBe("transient");
    expect(afterMs).toBeGreaterThan(2_500);
    expect(afterMs).toBeLessThan(3_800);
    await increment();
    expect(performance.now() - began).toBeLessThan(6_500);
    gate.resolve();
    // What it wrote is gone, and it is told so.
    expect(databaseErrorKind((await zombie).error)).toBe("transient");
    const { rows } = await sql<{ n: number }>`select n from counted where id = 7`.execute(db);
    expect(rows).toEqual([{ n: 10 }]);
  });

  test("for a statement on the server, so that it is not left running for nobody", async () => {
    const { db } = open({ timeouts: { statementMs: 200, queryMs: 5_000 } });
    const { error, afterMs } = await failureOf(sql`select pg_sleep(5)`.execute(db));
    expect(sqlState(error)).toBe("57014");
    expect(afterMs).toBeLessThan(1_500);
  });

  test("with the documented defaults", async () => {
    const { db } = open();
    const { rows } = await sql`select name, setting from pg_settings
      where name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'TimeZone')
      order by lower(name)`.execute(db);
    expect(rows).toEqual([
      { name: "idle_in_transaction_session_timeout", setting: "5000" },
      { name: "lock_timeout", setting: "3000" },
      { name: "statement_timeout", setting: "7000" },
      { name: "TimeZone", setting: "UTC" },
    ]);
  });
});

describe("transactions", () => {
  test("a COMMIT that the server answers with ROLLBACK is not success", async () => {
    const { db } = open({ connectionsMax: 1 });
    const { error } = await failureOf(
      db.transaction().execute(async (trx) => {
        await sql`insert into counted values (20, 1)`.execute(trx);
        // Whoever swallows the error of a query does not know that the transaction is lost with it.
        await sql`select 1 / 0`.execute(trx).catch(() => {});
      }),
    );
    expect(error).toBeInstanceOf(Error);
    expect((await sql`select from counted where id = 20`.execute(db)).rows).toEqual([]);
  });

  test("a client that comes back inside a transaction is thrown away with it", async () => {
    const { db, pool } = open({ connectionsMax: 1 });
    const client = await pool.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    await client.query("begin");
    await client.query("insert into counted values (21, 1)");
    client.release();
    expect(await backendOf(db)).not.toBe(rows[0]!.pid);
    await expect.poll(() => isAlive(rows[0]!.pid)).toBe(false);
    expect((await sql`select from counted where id = 21`.execute(db)).rows).toEqual([]);
  });

  test("a client that comes back busy is thrown away, and the next user does not wait for it", async () => {
    const { db, pool } = open({ connectionsMax: 1 });
    const client = await pool.connect();
    const abandoned = failureOf(client.query("select pg_sleep(3)"));
    client.release();
    const began = performance.now();
    await sql`select 1`.execute(db);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect((await abandoned).error).toBeInstanceOf(Error);
  });
});

describe("values", () => {
  test("arrive exact: decimals as text, instants in UTC, civil dates as they are", async () => {
    const { db } = open();
    const { rows } = await sql`select 0.100000000000000000000000000000000001 as decimal,
      12345678901234567890.123456789012345678 as large, 9007199254740991::int8 as sequence,
      '2026-03-29'::date as civil, '2026-03-29 00:30:00+01'::timestamptz as instant,
      '2026-01-01 10:00:00.123+00'::timestamptz as milliseconds, null::timestamptz as never`.execute(db);
    expect(rows).toEqual([
      {
        decimal: "0.100000000000000000000000000000000001",
        large: "12345678901234567890.123456789012345678",
        sequence: 9_007_199_254_740_991,
        civil: "2026-03-29",
        instant: "2026-03-28T23:30:00.000Z",
        milliseconds: "2026-01-01T10:00:00.123Z",
        never: null,
      },
    ]);
  });
});

test("plans are not compiled to machine code: on a server that can, each short statement took a second", async () => {
  const { db } = open();
  const { rows } = await sql<{ jit: string }>`select current_setting('jit') as jit`.execute(db);
  expect(rows).toEqual([{ jit: "off" }]);
});
