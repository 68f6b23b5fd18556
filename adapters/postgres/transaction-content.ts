import { sql, type Selectable } from "kysely";
import type { LotSelectionRow, TransactionTable } from "./schema.ts";

/** The columns that say what a transaction is, without the instruments it names. */
export const CONTENT_COLUMNS = [
  "type",
  "quantity",
  "price",
  "amount",
  "fees",
  "tax",
  "currency",
  "exchange_rate",
  "lots",
  "ratio_new",
  "ratio_old",
  "to_portfolio_id",
  "cost_basis",
  "acquired_at",
  "acquired_date",
  "cost_share",
  "cash_per_share",
  "traded_at",
  "trade_date",
  "notes",
] as const;

/**
 * What a transaction is, in the one form that is stored and compared; null where a column does not apply to the type or
 * was not given. Units: canonical decimal strings; instants ISO 8601 in UTC; civil dates YYYY-MM-DD.
 */
export type TransactionContent = Readonly<
  Pick<Selectable<TransactionTable>, (typeof CONTENT_COLUMNS)[number]>
>;

/** The columns of `CONTENT_COLUMNS` of a table or alias, for a list of columns in SQL text. */
export const contentOf = (alias: string) =>
  sql.join(CONTENT_COLUMNS.map((column) => sql.ref(`${alias}.${column}`)));

/** Lots as a parameter: the driver would make a PostgreSQL array of a JavaScript one. */
export function lotsParameter(lots: readonly LotSelectionRow[] | null) {
  return sql<LotSelectionRow[] | null>`${lots === null ? null : JSON.stringify(lots)}::jsonb`;
}
