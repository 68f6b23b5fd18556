import type { Db } from "./pool.ts";

/** Symbols with this ending that anybody holds now. Shape: sorted, unique. For the worker's role: it sees everybody's. */
export async function readHeldSymbols(db: Db, ending: string): Promise<string[]> {
  const rows = await db
    .selectFrom("instrument as i")
    .select("i.symbol")
    .where("i.symbol", "like", `%${ending}`)
    .where((where) =>
      where.exists(
        where
          .selectFrom("position as p")
          .select("p.instrument_id")
          .whereRef("p.instrument_id", "=", "i.id")
          .where("p.quantity", "<>", "0"),
      ),
    )
    .orderBy("i.symbol")
    .execute();
  return rows.map((row) => row.symbol);
}
