import { CompiledQuery } from "kysely";
import type { Db, Trx } from "./pool.ts";
import type { PreparedStatement } from "./prepared.ts";

/** Runs a prepared statement. Shape: `parameters` in the order of $1, $2, … */
export async function run<Row>(
  db: Db | Trx,
  statement: PreparedStatement,
  parameters: readonly (string | number | null)[],
): Promise<Row[]> {
  const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(statement.text, [...parameters]));
  return rows;
}
