import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";
import { CONTENT_COLUMNS, lotsParameter, type TransactionContent } from "./transaction-content.ts";

/** One transaction as it goes into the ledger; its instruments by symbol. `currency` null: by its type (migrations/0006). */
export interface LedgerEntry extends TransactionContent {
  readonly portfolio_id: string;
  readonly id: string;
  readonly symbol: string | null;
  readonly to_symbol: string | null;
}

/** What one request wants recorded, all of it or nothing. */
export interface RecordRequest {
  readonly userId: string;
  /** Shape: the Idempotency-Key and the SHA-256 of the request in hex. */
  readonly key?: string;
  readonly fingerprint?: string;
  readonly correlationId?: string;
  readonly entries: readonly LedgerEntry[];
}

export type RecordOutcome =
  "recorded" | "replayed" | "key-mismatch" | "portfolio-not-found" | "destination-not-found" | "id-conflict";

/** One version of a transaction as it is stored. */
export interface StoredVersion extends LedgerEntry {
  readonly sequence: number;
  readonly version: number;
  readonly recorded_at: string;
}

/**
 * Calls record_transactions (migrations/0006), which authorizes each request itself.
 * Shape: one result per request, in the order of requests; `versions` in the order of entries, empty when refused.
 */
export async function recordRequests(
  db: Db,
  requests: readonly RecordRequest[],
): Promise<{ outcome: RecordOutcome; versions: StoredVersion[] }[]> {
  const parameter = requests.map(({ userId, correlationId, ...request }) => ({
    ...request,
    user_id: userId,
    correlation_id: correlationId,
  }));
  const { rows } = await sql<StoredVersion & { request_number: number; outcome: RecordOutcome }>`
    select * from record_transactions(${JSON.stringify(parameter)}::jsonb)`.execute(db);
  const results = requests.map(() => ({
    outcome: "recorded" as RecordOutcome,
    versions: [] as StoredVersion[],
  }));
  for (const { request_number, outcome, ...version } of rows) {
    const result = results[request_number - 1];
    if (result === undefined) throw new Error(`record_transactions answered for request ${request_number}`);
    result.outcome = outcome;
    if (outcome === "recorded" || outcome === "replayed") result.versions.push(version);
  }
  return results;
}

/** Ids by symbol, made on first use. Inside a transaction nothing is left of them when it is rolled back. */
export async function ensureInstruments(
  db: Db | Trx,
  symbols: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: number; symbol: string }>`
    select * from ensure_instruments(${[...new Set(symbols)]}::text[])`.execute(db);
  return new Map(rows.map((row) => [row.symbol, row.id]));
}

/** A version of a transaction, and the end of its portfolio's ledger. */
export interface LockedVersion extends TransactionContent {
  readonly portfolio_id: string;
  readonly base_currency: string;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly order_sequence: number;
  readonly instrument_id: number | null;
  readonly to_instrument_id: number | null;
  readonly head_sequence: number;
}

/** The newest version of a transaction, locked against other amendments, or undefined when there is none in sight. */
export async function lockCurrentVersion(
  trx: Trx,
  transactionId: string,
): Promise<LockedVersion | undefined> {
  const place = await trx
    .selectFrom("transaction")
    .select("portfolio_id")
    .where("id", "=", transactionId)
    .orderBy("portfolio_id")
    .limit(1)
    .executeTakeFirst();
  if (place === undefined) return undefined;
  const head = await trx
    .selectFrom("ledger_head")
    .select("head_sequence")
    .where("portfolio_id", "=", place.portfolio_id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  // A statement of its own, begun after the lock was had, so that it sees what the previous holder committed.
  const current = await trx
    .selectFrom("transaction as t")
    .innerJoin("portfolio as p", "p.id", "t.portfolio_id")
    .select(["t.portfolio_id", "p.base_currency", "t.version", "t.withdrawn", "t.order_sequence"])
    .select(["t.instrument_id", "t.to_instrument_id"])
    .select(CONTENT_COLUMNS)
    .where("t.portfolio_id", "=", place.portfolio_id)
    .where("t.id", "=", transactionId)
    .orderBy("t.version", "desc")
    .limit(1)
    .executeTakeFirstOrThrow();
  return { ...current, head_sequence: head.head_sequence };
}

/** A further version of a transaction, to be appended at `sequence`. */
export interface AppendedVersion extends TransactionContent {
  readonly id: string;
  readonly instrument_id: number | null;
  readonly to_instrument_id: number | null;
  readonly sequence: number;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly order_sequence: number;
}

/** Appends versions under the lock of lockCurrentVersion and rings the bell. Sequences must follow the head. */
export async function appendVersions(
  trx: Trx,
  portfolioId: string,
  appended: { versions: readonly AppendedVersion[]; correlationId: string },
): Promise<void> {
  await trx
    .insertInto("transaction")
    .values(
      appended.versions.map((version) => ({
        ...version,
        portfolio_id: portfolioId,
        lots: lotsParameter(version.lots),
      })),
    )
    .execute();
  const head = Math.max(...appended.versions.map((version) => version.sequence));
  await trx
    .updateTable("ledger_head")
    .set({ head_sequence: head, head_at: sql<string>`clock_timestamp()` })
    .where("portfolio_id", "=", portfolioId)
    .execute();
  await announce(trx, { portfolioId, sequence: head, correlationId: appended.correlationId });
}

/** Whether the portfolio is one that the user can transfer to. */
export async function isOwnPortfolio(trx: Trx, portfolioId: string): Promise<boolean> {
  const row = await trx
    .selectFrom("portfolio")
    .select("id")
    .where("id", "=", portfolioId)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Rings the bell for a portfolio when the SQL transaction commits. */
export async function announce(
  trx: Trx,
  news: { portfolioId: string; sequence: number; correlationId?: string },
): Promise<void> {
  await sql`insert into outbox (portfolio_id, sequence, correlation_id)
    values (${news.portfolioId}, ${news.sequence}, ${news.correlationId ?? null})`.execute(trx);
  await sql`select pg_notify('outbox', '')`.execute(trx);
}
