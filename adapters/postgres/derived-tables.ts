import { sql } from "kysely";
import { plainArray, textArray, type ArrayElement } from "./array-literal.ts";
import type { Trx } from "./pool.ts";
import type { Database } from "./schema.ts";

/** A row of a derived table by column. Units: as they are stored, decimals with every digit. */
export type DerivedRow = Readonly<Record<string, string | number | null>>;

/** The tables that matching writes. */
export type DerivedTableName =
  "position" | "tax_lot" | "disposal" | "disposal_slice" | "cash_flow" | "rejection";

/** A derived table: the columns that name a row, and those that are its content, each with its type. */
export interface DerivedTable<Name extends DerivedTableName = DerivedTableName> {
  readonly name: Name;
  /** Besides `portfolio_id`. */
  readonly key: readonly string[];
  /** What else must stay the same for a row to stay, where another constraint would be in the way of an update. */
  readonly kept?: readonly string[];
  /** Rows of money alone have no instrument. */
  readonly isMoneyToo?: true;
  readonly columns: Readonly<Record<Exclude<keyof Database[Name], "portfolio_id">, ColumnType>>;
}

type ColumnType = "uuid" | "integer" | "bigint" | "text" | "numeric" | "timestamptz" | "date";

const GAIN = { proceeds: "numeric", cost_basis: "numeric", realized_gain: "numeric" } as const;
const BASE_GAIN = { base_proceeds: "numeric", base_cost_basis: "numeric", exchange_gain: "numeric" } as const;

export const POSITIONS: DerivedTable<"position"> = {
  name: "position",
  key: ["instrument_id"],
  columns: {
    instrument_id: "integer",
    currency: "text",
    quantity: "numeric",
    unit: "numeric",
    cost_basis: "numeric",
    realized_gain: "numeric",
    fees: "numeric",
    income: "numeric",
    withheld_tax: "numeric",
    income_fees: "numeric",
    base_cost_basis: "numeric",
    base_realized_gain: "numeric",
    exchange_gain: "numeric",
    last_traded_at: "timestamptz",
    last_order_sequence: "bigint",
  },
};

export const LOTS: DerivedTable<"tax_lot"> = {
  name: "tax_lot",
  key: ["instrument_id", "id"],
  columns: {
    instrument_id: "integer",
    id: "uuid",
    side: "text",
    opened_at: "timestamptz",
    opened_sequence: "bigint",
    opened_date: "date",
    original_quantity: "numeric",
    original_cost: "numeric",
    remaining_quantity: "numeric",
    unit: "numeric",
    original_base_cost: "numeric",
    opening_rate: "numeric",
    unit_cost_numerator: "numeric",
    unit_cost_denominator: "numeric",
  },
};

export const DISPOSALS: DerivedTable<"disposal"> = {
  name: "disposal",
  key: ["transaction_id"],
  columns: {
    transaction_id: "uuid",
    instrument_id: "integer",
    side: "text",
    disposed_at: "timestamptz",
    disposed_sequence: "bigint",
    disposed_date: "date",
    quantity: "numeric",
    unit: "numeric",
    ...GAIN,
    exchange_rate: "numeric",
    ...BASE_GAIN,
  },
};

export const SLICES: DerivedTable<"disposal_slice"> = {
  name: "disposal_slice",
  key: ["transaction_id", "slice_number"],
  // A lot is named once by a disposal, at every moment.
  kept: ["instrument_id", "lot_id"],
  columns: {
    transaction_id: "uuid",
    slice_number: "integer",
    instrument_id: "integer",
    lot_id: "uuid",
    quantity: "numeric",
    ...GAIN,
    ...BASE_GAIN,
  },
};

export const CASH_FLOWS: DerivedTable<"cash_flow"> = {
  name: "cash_flow",
  key: ["transaction_id", "currency"],
  isMoneyToo: true,
  columns: {
    transaction_id: "uuid",
    currency: "text",
    instrument_id: "integer",
    type: "text",
    amount: "numeric",
    flowed_at: "timestamptz",
    flowed_sequence: "bigint",
  },
};

export const REJECTIONS: DerivedTable<"rejection"> = {
  name: "rejection",
  key: ["transaction_id"],
  isMoneyToo: true,
  columns: { transaction_id: "uuid", instrument_id: "integer", reason: "text" },
};

export const DERIVED_TABLES = [POSITIONS, LOTS, DISPOSALS, SLICES, CASH_FLOWS, REJECTIONS] as const;

/** Rows of one table, as they are stored. */
export type RowsOf = readonly (object & { readonly portfolio_id: string })[];

/** Stores rows; those that stand already as they should are left alone. One statement, whatever their number. */
export async function upsert(trx: Trx, table: DerivedTable, rows: RowsOf): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(table);
  const content = columns.filter(([name]) => name !== "portfolio_id" && !table.key.includes(name));
  const pairs = (alias: string) => sql.join(content.map(([name]) => sql.ref(`${alias}.${name}`)));
  await sql`
    insert into ${sql.table(table.name)} as stored (${names(columns.map(([name]) => name))})
    select * from ${unnested(rows, columns)}
    on conflict (${names(["portfolio_id", ...table.key])}) do update
    set (${names(content.map(([name]) => name))}) = row (${pairs("excluded")})
    where (${pairs("stored")}) is distinct from (${pairs("excluded")})`.execute(trx);
}

/** Stores rows that are new. One statement, whatever their number. Errors: unique violation when one is not. */
export async function insert(trx: Trx, table: DerivedTable, rows: RowsOf): Promise<void> {
  if (rows.length === 0) return;
  const columns = columnsOf(table);
  await sql`
    insert into ${sql.table(table.name)} (${names(columns.map(([name]) => name))})
    select * from ${unnested(rows, columns)}`.execute(trx);
}

export type Column = readonly [name: string, type: ColumnType];

/** The columns of a table in one order, `portfolio_id` first. */
export function columnsOf(table: DerivedTable): Column[] {
  return [["portfolio_id", "uuid"], ...(Object.entries(table.columns) as Column[])];
}

/** Names of columns, quoted, with commas between them. */
export function names(columns: readonly string[]) {
  return sql.join(columns.map((name) => sql.ref(name)));
}

/** Rows as a table: one array parameter per column, the shape that `unnest` takes. */
export function unnested(rows: RowsOf, columns: readonly Column[]) {
  const arrays = columns.map((column) => sql`${columnLiteral(rows, column)}::${ARRAY_TYPES[column[1]]}`);
  return sql`unnest(${sql.join(arrays)})`;
}

/** Rows as parameters, one array per column. Shape: in the order of `columnsOf`. */
export function columnLiterals(table: DerivedTable, rows: RowsOf): string[] {
  return columnsOf(table).map((column) => columnLiteral(rows, column));
}

function columnLiteral(rows: RowsOf, [name, type]: Column): string {
  const elements = rows.map((row) => (row as Readonly<Record<string, ArrayElement>>)[name]);
  return type === "text" ? textArray(elements) : plainArray(elements);
}

const ARRAY_TYPES = {
  uuid: sql`uuid[]`,
  integer: sql`integer[]`,
  bigint: sql`bigint[]`,
  text: sql`text[]`,
  numeric: sql`numeric[]`,
  timestamptz: sql`timestamptz[]`,
  date: sql`date[]`,
} as const;
