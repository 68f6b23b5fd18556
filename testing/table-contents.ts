import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";

/** The tables of the product, in order of their names. */
export async function readTableNames(owner: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tablename as name from pg_tables
    where schemaname = 'public' and tablename <> 'schema_migration'
    order by tablename`.execute(owner);
  return rows.map((row) => row.name);
}

/** How many rows each table has: a refused request leaves this as it was. */
export async function countRows(owner: Db): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of await readTableNames(owner)) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(
      owner,
    );
    counts[name] = rows[0]!.count;
  }
  return counts;
}

/** Everything that is stored, as text per table: equal before and after means that nothing was changed at all. */
export async function readContents(owner: Db): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of await readTableNames(owner)) {
    const { rows } = await sql<{ content: string | null }>`
      select string_agg(stored::text, E'\n' order by stored::text) as content
      from ${sql.table(name)} as stored`.execute(owner);
    contents[name] = rows[0]!.content ?? "";
  }
  return contents;
}
