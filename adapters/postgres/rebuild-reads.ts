import { sql } from "kysely";
import type { LedgerVersion, LockedPortfolio } from "./matching-reads.ts";
import type { Db, Trx } from "./pool.ts";

/** Every portfolio, deleted ones included. Shape: sorted. For the worker's role, as everything here. */
export async function listAllPortfolioIds(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom("portfolio_state")
    .select("portfolio_id")
    .orderBy("portfolio_id")
    .execute();
  return rows.map((row) => row.portfolio_id);
}

/** Runs `work` on one moment of the database, which others may go on changing. */
export function atOneMoment<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  return db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(work);
}

/** A portfolio with its rules and how far it has come. Nothing is locked: reading alone is enough for a check. */
export type CheckedPortfolio = Omit<LockedPortfolio, "parked">;

export function readCheckedPortfolio(trx: Trx, portfolioId: string): Promise<CheckedPortfolio> {
  return trx
    .selectFrom("portfolio_state as s")
    .innerJoin("portfolio as p", "p.id", "s.portfolio_id")
    .innerJoin("ledger_head as h", "h.portfolio_id", "s.portfolio_id")
    .select([
      "s.portfolio_id",
      "p.lot_method",
      "p.allow_short",
      "h.head_sequence",
      "s.applied_sequence",
      "s.epoch",
      "p.rules_version",
      "s.rules_version as applied_rules_version",
    ])
    .where("s.portfolio_id", "=", portfolioId)
    .executeTakeFirstOrThrow();
}

/** Everything ever recorded in a portfolio, in the order it was recorded. */
export function readWholeLedger(trx: Trx, portfolioId: string): Promise<LedgerVersion[]> {
  return trx
    .selectFrom("transaction")
    .select([
      "portfolio_id",
      "sequence",
      "id",
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
    ])
    .where("portfolio_id", "=", portfolioId)
    .orderBy("sequence")
    .execute();
}

/** The tables that matching writes, each with the columns that name a row and those that are its content. */
export const DERIVED_TABLES = {
  position: {
    key: ["instrument_id"],
    content: [
      "currency",
      "quantity",
      "cost_basis",
      "realized_gain",
      "fees",
      "last_traded_at",
      "last_order_sequence",
    ],
  },
  tax_lot: {
    key: ["id"],
    content: [
      "instrument_id",
      "side",
      "opened_at",
      "opened_sequence",
      "opened_date",
      "original_quantity",
      "original_cost",
      "remaining_quantity",
    ],
  },
  disposal: {
    key: ["transaction_id"],
    content: [
      "instrument_id",
      "side",
      "disposed_at",
      "disposed_sequence",
      "disposed_date",
      "quantity",
      "proceeds",
      "cost_basis",
      "realized_gain",
    ],
  },
  disposal_slice: {
    key: ["transaction_id", "slice_number"],
    content: ["lot_id", "quantity", "proceeds", "cost_basis", "realized_gain"],
  },
  rejection: { key: ["transaction_id"], content: ["instrument_id", "reason"] },
} as const;

export type DerivedTable = keyof typeof DERIVED_TABLES;

/** A row of a derived table by column. Units: as they are stored, decimals with every digit. */
export type DerivedRow = Readonly<Record<string, string | number | null>>;

/** Every row that a derived table holds for a portfolio. */
export async function readDerivedRows(
  trx: Trx,
  table: DerivedTable,
  portfolioId: string,
): Promise<DerivedRow[]> {
  const { key, content } = DERIVED_TABLES[table];
  const { rows } = await sql<DerivedRow>`select ${sql.join([...key, ...content].map((name) => sql.ref(name)))}
    from ${sql.table(table)} where portfolio_id = ${portfolioId}`.execute(trx);
  return rows;
}
