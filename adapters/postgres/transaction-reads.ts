import { sql } from "kysely";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import {
  ATTENTION_REASONS,
  type TransactionReason,
  type TransactionStatus,
} from "#contracts/transactions.ts";
import type { StoredVersion } from "./ledger.ts";
import type { LedgerPlace } from "./derived-reads.ts";
import type { Trx } from "./pool.ts";
import { CONTENT_COLUMNS } from "./transaction-content.ts";

/** A transaction as it stands, with what matching made of it. */
export interface TransactionRow extends StoredVersion {
  readonly order_sequence: number;
  readonly created_at: string;
  readonly status: TransactionStatus;
  readonly reason: TransactionReason | null;
}

/** The newest version of each transaction that is not withdrawn. */
function currentVersions(trx: Trx) {
  return trx
    .selectFrom("transaction as t")
    .leftJoin("instrument as i", "i.id", "t.instrument_id")
    .leftJoin("instrument as j", "j.id", "t.to_instrument_id")
    .innerJoin("portfolio_state as s", "s.portfolio_id", "t.portfolio_id")
    .leftJoin("rejection as r", (join) =>
      join.onRef("r.portfolio_id", "=", "t.portfolio_id").onRef("r.transaction_id", "=", "t.id"),
    )
    .select(["t.portfolio_id", "t.id", "t.sequence", "t.version", "i.symbol", "j.symbol as to_symbol"])
    .select(["t.recorded_at", "t.order_sequence", createdAt().as("created_at")])
    .select(CONTENT_COLUMNS.map((column) => `t.${column}` as const))
    .select([
      statusOf().as("status"),
      sql<TransactionReason | null>`case
        when t.sequence <= s.applied_sequence then r.reason
        when t.id = s.parked_transaction_id and t.portfolio_id = s.parked_portfolio_id then s.parked_reason
        end`.as("reason"),
    ])
    .where("t.withdrawn", "=", false)
    .where(
      sql<boolean>`not exists (select from transaction newer
        where newer.portfolio_id = t.portfolio_id and newer.id = t.id and newer.version > t.version)`,
    );
}

/** When version 1 was recorded. Looked up only for what was edited: a join would be planned badly on a young table. */
function createdAt() {
  return sql<string>`case when t.version = 1 then t.recorded_at else (
    select first.recorded_at from transaction first
    where first.portfolio_id = t.portfolio_id and first.id = t.id and first.version = 1) end`;
}

function statusOf() {
  return sql<TransactionStatus>`case
    when t.sequence > s.applied_sequence then 'pending'
    when r.transaction_id is null then 'matched'
    when r.reason = any (${[...ATTENTION_REASONS]}::text[]) then 'needs-attention'
    else 'rejected' end`;
}

export interface TransactionFilter {
  readonly portfolioId: string;
  readonly symbol?: string;
  readonly type?: TransactionType;
  readonly status?: TransactionStatus;
  readonly from?: string;
  readonly to?: string;
  readonly order: "newest" | "oldest";
  readonly after?: LedgerPlace;
  readonly limit: number;
}

/** A page of a portfolio's ledger, by (instant, sequence) in the order asked for; with what others transferred to it. */
export function readTransactionRows(trx: Trx, filter: TransactionFilter): Promise<TransactionRow[]> {
  const direction = filter.order === "newest" ? "desc" : "asc";
  const comparison = filter.order === "newest" ? sql`<` : sql`>`;
  return currentVersions(trx)
    .where((where) =>
      where.or([
        where("t.portfolio_id", "=", filter.portfolioId),
        where("t.to_portfolio_id", "=", filter.portfolioId),
      ]),
    )
    .$if(filter.symbol !== undefined, (rows) => rows.where("i.symbol", "=", filter.symbol!))
    .$if(filter.type !== undefined, (rows) => rows.where("t.type", "=", filter.type!))
    .$if(filter.status !== undefined, (rows) => rows.where(statusOf(), "=", filter.status!))
    .$if(filter.from !== undefined, (rows) => rows.where("t.traded_at", ">=", filter.from!))
    .$if(filter.to !== undefined, (rows) => rows.where("t.traded_at", "<=", filter.to!))
    .$if(filter.after !== undefined, (rows) =>
      rows.where(
        sql<boolean>`(t.traded_at, t.order_sequence) ${comparison} (${filter.after!.at}::timestamptz, ${filter.after!.sequence}::bigint)`,
      ),
    )
    .orderBy("t.traded_at", direction)
    .orderBy("t.order_sequence", direction)
    .limit(filter.limit)
    .execute();
}

/** By the id alone: ids are unique among one user's portfolios. */
export function findTransactionRow(trx: Trx, id: string): Promise<TransactionRow | undefined> {
  return currentVersions(trx).where("t.id", "=", id).limit(1).executeTakeFirst();
}

/** The same for many at once. Shape: in no order; without those that are not in sight. */
export function listTransactionRows(trx: Trx, ids: readonly string[]): Promise<TransactionRow[]> {
  return currentVersions(trx)
    .where(sql<boolean>`t.id = any (${[...ids]}::uuid[])`)
    .execute();
}

/** Every version, newest first. Empty when there is no such transaction in sight. */
export function readVersionRows(
  trx: Trx,
  id: string,
): Promise<(StoredVersion & { readonly withdrawn: boolean })[]> {
  return trx
    .selectFrom("transaction as t")
    .leftJoin("instrument as i", "i.id", "t.instrument_id")
    .leftJoin("instrument as j", "j.id", "t.to_instrument_id")
    .select(["t.portfolio_id", "t.id", "t.sequence", "t.version", "t.withdrawn", "t.recorded_at"])
    .select(["i.symbol", "j.symbol as to_symbol"])
    .select(CONTENT_COLUMNS.map((column) => `t.${column}` as const))
    .where("t.id", "=", id)
    .orderBy("t.portfolio_id")
    .orderBy("t.version", "desc")
    .execute();
}
