import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";

/** One trade as it goes into the ledger. Units: canonical decimal strings; instants ISO 8601; civil date YYYY-MM-DD. */
export interface LedgerEntry {
  readonly portfolioId: string;
  readonly id: string;
  readonly symbol: string;
  readonly type: "buy" | "sell";
  readonly quantity: string;
  readonly price: string;
  readonly fees: string;
  /** Null: the portfolio's base currency. */
  readonly currency: string | null;
  readonly tradedAt: string;
  readonly tradeDate: string;
  readonly notes: string;
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

export type RecordOutcome = "recorded" | "replayed" | "key-mismatch" | "portfolio-not-found" | "id-conflict";

/** One version of a transaction as it is stored. */
export interface StoredVersion {
  readonly portfolio_id: string;
  readonly id: string;
  readonly sequence: number;
  readonly version: number;
  readonly type: "buy" | "sell";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fees: string;
  readonly currency: string;
  readonly traded_at: string;
  readonly notes: string;
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
  const { rows } = await sql<StoredVersion & { request_number: number; outcome: RecordOutcome }>`
    select * from record_transactions(${JSON.stringify(requests)}::jsonb)`.execute(db);
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

/** The newest version of a transaction, locked against other amendments, or undefined when there is none in sight. */
export async function lockCurrentVersion(
  trx: Trx,
  transactionId: string,
): Promise<
  | {
      portfolio_id: string;
      version: number;
      withdrawn: boolean;
      order_sequence: number;
      instrument_id: number;
      type: "buy" | "sell";
      quantity: string;
      price: string;
      fees: string;
      currency: string;
      traded_at: string;
      trade_date: string;
      notes: string;
      head_sequence: number;
    }
  | undefined
> {
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
    .selectFrom("transaction")
    .select([
      "portfolio_id",
      "version",
      "withdrawn",
      "order_sequence",
      "instrument_id",
      "type",
      "quantity",
      "price",
      "fees",
      "currency",
      "traded_at",
      "trade_date",
      "notes",
    ])
    .where("portfolio_id", "=", place.portfolio_id)
    .where("id", "=", transactionId)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirstOrThrow();
  return { ...current, head_sequence: head.head_sequence };
}

/** A further version of a transaction, to be appended at `sequence`. */
export interface AppendedVersion extends Omit<LedgerEntry, "portfolioId" | "symbol"> {
  readonly instrumentId: number;
  readonly currency: string;
  readonly sequence: number;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly orderSequence: number;
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
        portfolio_id: portfolioId,
        sequence: version.sequence,
        id: version.id,
        version: version.version,
        withdrawn: version.withdrawn,
        order_sequence: version.orderSequence,
        instrument_id: version.instrumentId,
        type: version.type,
        quantity: version.quantity,
        price: version.price,
        fees: version.fees,
        currency: version.currency,
        traded_at: version.tradedAt,
        trade_date: version.tradeDate,
        notes: version.notes,
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

/** Rings the bell for a portfolio when the SQL transaction commits. */
export async function announce(
  trx: Trx,
  news: { portfolioId: string; sequence: number; correlationId?: string },
): Promise<void> {
  await sql`insert into outbox (portfolio_id, sequence, correlation_id)
    values (${news.portfolioId}, ${news.sequence}, ${news.correlationId ?? null})`.execute(trx);
  await sql`select pg_notify('outbox', '')`.execute(trx);
}
