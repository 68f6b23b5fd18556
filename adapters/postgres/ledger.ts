import { sql } from "kysely";
import { plainArray, textArray, type ArrayElement } from "./array-literal.ts";
import { readAsUser, type Db, type Trx } from "./pool.ts";
import { CONTENT_COLUMNS, lotsParameter, type TransactionContent } from "./transaction-content.ts";

/** One transaction as it goes into the ledger; its instruments by symbol. `currency` null: by its type (migrations/0007). */
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

/** Versions of a `replayed` request are not at hand: other ids may have been given the first time. */
export type RecordResult =
  | { readonly outcome: "recorded"; readonly versions: readonly StoredVersion[] }
  | { readonly outcome: "replayed"; readonly transactions: readonly TransactionRef[] }
  | { readonly outcome: Exclude<RecordOutcome, "recorded" | "replayed"> };

/** Names a transaction. */
export interface TransactionRef {
  readonly portfolioId: string;
  readonly id: string;
}

interface RecordedRow {
  readonly request_number: number;
  readonly outcome: RecordOutcome;
  /** From 1, among all entries of the call. Null with a refusal, as is what follows. */
  readonly place: number;
  readonly portfolio_id: string;
  readonly id: string;
  readonly sequence: number;
  readonly currency: string | null;
  readonly recorded_at: string;
}

/**
 * Calls record_transactions (migrations/0007), which authorizes each request itself.
 * Shape: one result per request, in the order of requests, and in each of them one version per entry, in their order.
 */
export async function recordRequests(db: Db, requests: readonly RecordRequest[]): Promise<RecordResult[]> {
  const entries = requests.flatMap((request, index) =>
    request.entries.map((entry) => ({ request, number: index + 1, entry })),
  );
  const column = (value: (row: (typeof entries)[number]) => ArrayElement) => plainArray(entries.map(value));
  const text = (value: (row: (typeof entries)[number]) => ArrayElement) => textArray(entries.map(value));
  const { rows } = await sql<RecordedRow>`
    select * from record_transactions(
      ${column((row) => row.number)}, ${column((row) => row.request.userId)}, ${text((row) => row.request.key)},
      ${text(({ request }) => (request.fingerprint === undefined ? null : `\\x${request.fingerprint}`))},
      ${text((row) => row.request.correlationId)}, ${column((row) => row.entry.portfolio_id)},
      ${column((row) => row.entry.id)}, ${text((row) => row.entry.symbol)}, ${text((row) => row.entry.type)},
      ${column((row) => row.entry.quantity)}, ${column((row) => row.entry.price)}, ${column((row) => row.entry.amount)},
      ${column((row) => row.entry.fees)}, ${column((row) => row.entry.tax)}, ${text((row) => row.entry.currency)},
      ${column((row) => row.entry.exchange_rate)}, ${column((row) => row.entry.traded_at)},
      ${column((row) => row.entry.trade_date)}, ${text((row) => row.entry.notes)},
      ${text((row) => restOf(row.entry))})`.execute(db);
  const byRequest = Map.groupBy(rows, (row) => row.request_number);
  return requests.map((_, index) => {
    const answered = byRequest.get(index + 1);
    if (answered === undefined) throw new Error(`record_transactions did not answer request ${index + 1}`);
    const inOrder = answered.toSorted((a, b) => a.place - b.place);
    const { outcome } = answered[0]!;
    switch (outcome) {
      case "recorded":
        return { outcome, versions: inOrder.map((row) => storedVersion(row, entries[row.place - 1]!.entry)) };
      case "replayed":
        return {
          outcome,
          transactions: inOrder.map((row) => ({ portfolioId: row.portfolio_id, id: row.id })),
        };
      default:
        return { outcome };
    }
  });
}

/** What is stored under an entry's id is the entry: anything else there is a conflict. */
function storedVersion({ sequence, currency, recorded_at }: RecordedRow, entry: LedgerEntry): StoredVersion {
  return { ...entry, sequence, version: 1, currency, recorded_at };
}

/** The columns that few types use, as JSON; null where an entry has none of them. */
function restOf(entry: LedgerEntry): string | null {
  const rest = REST_COLUMNS.filter((column) => entry[column] !== null).map((column) => [
    column,
    entry[column],
  ]);
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest));
}

const REST_COLUMNS = [
  "to_symbol",
  "lots",
  "ratio_new",
  "ratio_old",
  "to_portfolio_id",
  "cost_basis",
  "acquired_at",
  "acquired_date",
  "cost_share",
  "cash_per_share",
] as const;

/** First versions of a user's transactions. Shape: in the order asked for. Errors: throws when one is not in sight. */
export async function readFirstVersions(
  db: Db,
  userId: string,
  transactions: readonly TransactionRef[],
): Promise<StoredVersion[]> {
  const rows = await readAsUser(db, userId, (trx) =>
    trx
      .selectFrom("transaction as t")
      .leftJoin("instrument as i", "i.id", "t.instrument_id")
      .leftJoin("instrument as j", "j.id", "t.to_instrument_id")
      .select(["t.portfolio_id", "t.id", "t.sequence", "t.version", "t.recorded_at"])
      .select(["i.symbol", "j.symbol as to_symbol"])
      .select(CONTENT_COLUMNS.map((name) => `t.${name}` as const))
      .where(sql<boolean>`t.id = any (${plainArray(transactions.map((row) => row.id))}::uuid[])`)
      .where("t.version", "=", 1)
      .execute(),
  );
  const found = new Map(rows.map((row) => [`${row.portfolio_id}/${row.id}`, row]));
  return transactions.map(({ portfolioId, id }) => {
    const row = found.get(`${portfolioId}/${id}`);
    if (row === undefined) throw new Error(`transaction ${id} was recorded and is not in sight`);
    return row;
  });
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
