import type { Socket } from "node:net";
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely";
import pg from "pg";
import type { Logger } from "../ports.ts";
import { preparedName } from "./prepared.ts";
import type { Database } from "./schema.ts";

/** A handle outside any SQL transaction. */
export type Db = Kysely<Database>;
/** A handle inside one. Writers take this, so that calling them without a transaction does not compile. */
export type Trx = Transaction<Database>;

/** Units: milliseconds. Each bound is below the next, so that the innermost one speaks first. */
const TIMEOUTS = {
  /** Waiting for a free or new connection. */
  connectionMs: 2_000,
  /** Waiting for a row lock. */
  lockMs: 3_000,
  /** A connection that sits idle inside a transaction, such as a stopped process's, loses its locks. */
  idleInTransactionMs: 5_000,
  statementMs: 7_000,
  /** The client gives up although the server says nothing at all: statementMs does not help when it is frozen. */
  queryMs: 8_000,
};

export type Timeouts = Readonly<typeof TIMEOUTS>;

/**
 * A pool with the defaults that would hang or kill the process set right: every wait is bounded, a connection that
 * breaks while it is checked out is an error of its query and not of the process, and a connection that comes back
 * inside a transaction or busy is thrown away.
 */
export function openDatabase(
  url: string,
  options: {
    log: Logger;
    applicationName: string;
    connectionsMax?: number;
    /** For tests, which cannot wait as long. */
    timeouts?: Partial<Timeouts>;
  },
): { db: Db; pool: pg.Pool } {
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connectionsMax ?? 10,
    application_name: options.applicationName,
    connectionTimeoutMillis: timeouts.connectionMs,
    lock_timeout: timeouts.lockMs,
    idle_in_transaction_session_timeout: timeouts.idleInTransactionMs,
    statement_timeout: timeouts.statementMs,
    keepAlive: true,
    // Compiling a plan to machine code took a second each time, for statements that run for a millisecond.
    options: "-c timezone=UTC -c datestyle=ISO -c jit=off",
    types: { getTypeParser: typeParser },
  });
  pool.on("error", (error) => options.log.warn({ err: error }, "idle database connection lost"));
  pool.on("connect", (client) => {
    // pg-pool takes its own listener off a client that is checked out; without one an error kills the process.
    client.on("error", (error) => options.log.warn({ err: error }, "database connection lost"));
    giveUpOnSilence(client, timeouts.queryMs);
    prepareByName(client);
  });
  pool.on("release", (_error, client) => {
    if (client.getTransactionStatus() !== "I" || isBusy(client)) void client.end().catch(() => {});
  });
  return { db: new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }), pool };
}

/** What pg keeps of a connection and does not show. */
interface Innards {
  readonly readyForQuery: boolean | null;
  readonly connection: { readonly stream: Socket };
}

function isBusy(client: pg.PoolClient): boolean {
  return (client as unknown as Innards).readyForQuery !== true;
}

/**
 * Breaks a connection whose server does not answer. pg's own query_timeout gives up the query alone: the connection
 * went back to the pool, where the next user waited behind that query, and a rollback waited as long once more.
 */
function giveUpOnSilence(client: pg.PoolClient, timeoutMs: number): void {
  const { stream } = (client as unknown as Innards).connection;
  stream.setTimeout(timeoutMs, () => {
    if (isBusy(client)) stream.destroy(new Error("Query read timeout"));
  });
}

/** Has the server keep the statements that `prepare` named. */
function prepareByName(client: pg.PoolClient): void {
  const send = client.query.bind(client) as (...words: unknown[]) => unknown;
  client.query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
    const name = typeof text === "string" ? preparedName(text) : undefined;
    return name === undefined ? send(text, values, ...rest) : send({ name, text, values });
  }) as typeof client.query;
}

/** Resolves when the database answers. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/** Runs `work` with the rows of one user in sight, all of it or nothing of it. */
export function asUser<T>(db: Db, userId: string, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await showRowsOf(trx, userId);
    return work(trx);
  });
}

/** The same for reading: every query of `work` sees one and the same moment. */
export function readAsUser<T>(db: Db, userId: string, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      await showRowsOf(trx, userId);
      return work(trx);
    });
}

async function showRowsOf(trx: Trx, userId: string): Promise<void> {
  await sql`select set_config('app.user_id', ${userId}, true)`.execute(trx);
}

const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

const ownParsers = new Map<number, (text: string) => unknown>([
  [INT8, Number],
  // A civil date is not an instant: as a JavaScript Date it would move with the machine's time zone.
  [DATE, (text) => text],
  [TIMESTAMPTZ, instantOf],
]);

/** ISO 8601 in UTC with milliseconds of "2026-01-02 03:04:05[.678901]+00", which is how a session in UTC writes it. */
function instantOf(text: string): string {
  // Years beyond four digits, and those before Christ, are left to the parser that knows them.
  if (text.length < 22 || text[10] !== " " || !text.endsWith("+00")) {
    return new Date(`${text.replace(" ", "T")}:00`).toISOString();
  }
  const fraction = text.length === 22 ? "000" : text.slice(20, -3).slice(0, 3).padEnd(3, "0");
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

function typeParser(oid: number): (value: string) => unknown {
  return ownParsers.get(oid) ?? (pg.types.getTypeParser(oid) as (value: string) => unknown);
}
