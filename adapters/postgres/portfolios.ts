import { sql } from "kysely";
import { asUser, type Db, type Trx } from "./pool.ts";

export interface PortfolioRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly base_currency: string;
  readonly lot_method: "fifo";
  readonly allow_short: boolean;
  readonly archived: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

const columns = [
  "id",
  "name",
  "description",
  "base_currency",
  "lot_method",
  "allow_short",
  "archived",
  "created_at",
  "updated_at",
] as const;

export const PORTFOLIOS_PER_USER_MAX = 1_000;

/** Undefined when the user has as many portfolios as there may be. */
export function insertPortfolio(
  db: Db,
  portfolio: {
    id: string;
    ownerId: string;
    name: string;
    description: string;
    baseCurrency: string;
    lotMethod: "fifo";
    allowShort: boolean;
  },
): Promise<PortfolioRow | undefined> {
  return asUser(db, portfolio.ownerId, async (trx) => {
    const { count } = await trx
      .selectFrom("portfolio")
      .select(sql<number>`count(*)`.as("count"))
      .where("owner_id", "=", portfolio.ownerId)
      .where("deleted_at", "is", null)
      .executeTakeFirstOrThrow();
    if (count >= PORTFOLIOS_PER_USER_MAX) return undefined;
    const row = await trx
      .insertInto("portfolio")
      .values({
        id: portfolio.id,
        owner_id: portfolio.ownerId,
        name: portfolio.name,
        description: portfolio.description,
        base_currency: portfolio.baseCurrency,
        lot_method: portfolio.lotMethod,
        allow_short: portfolio.allowShort,
      })
      .returning(columns)
      .executeTakeFirstOrThrow();
    await trx.insertInto("ledger_head").values({ portfolio_id: portfolio.id }).execute();
    await trx.insertInto("portfolio_state").values({ portfolio_id: portfolio.id }).execute();
    return row;
  });
}

/** Oldest first. */
export function listPortfolioRows(trx: Trx, ownerId: string): Promise<PortfolioRow[]> {
  return trx
    .selectFrom("portfolio")
    .select(columns)
    .where("owner_id", "=", ownerId)
    .where("deleted_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export function findPortfolioRow(
  trx: Trx,
  key: { ownerId: string; portfolioId: string },
): Promise<PortfolioRow | undefined> {
  return trx
    .selectFrom("portfolio")
    .select(columns)
    .where("id", "=", key.portfolioId)
    .where("owner_id", "=", key.ownerId)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
}

/** Changes what is given. A change of the matching rules raises rules_version, which makes matchers look again. */
export async function updatePortfolioRow(
  trx: Trx,
  key: { ownerId: string; portfolioId: string },
  changes: {
    name: string;
    description: string;
    lot_method: "fifo";
    allow_short: boolean;
    archived: boolean;
  },
): Promise<PortfolioRow | undefined> {
  return trx
    .updateTable("portfolio")
    .set((column) => ({
      ...changes,
      rules_version: sql<number>`${column.ref("rules_version")} + case
        when (lot_method, allow_short) = (${changes.lot_method}, ${changes.allow_short}) then 0 else 1 end`,
      updated_at: sql<string>`clock_timestamp()`,
    }))
    .where("id", "=", key.portfolioId)
    .where("owner_id", "=", key.ownerId)
    .where("deleted_at", "is", null)
    .returning(columns)
    .executeTakeFirst();
}

/** Takes a portfolio out of sight; its ledger stays. False when there was none. */
export async function markPortfolioDeleted(
  trx: Trx,
  key: { ownerId: string; portfolioId: string },
): Promise<boolean> {
  const result = await trx
    .updateTable("portfolio")
    .set({ deleted_at: sql<string>`clock_timestamp()` })
    .where("id", "=", key.portfolioId)
    .where("owner_id", "=", key.ownerId)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export interface ProgressRow {
  readonly portfolio_id: string;
  readonly head: number;
  readonly applied: number;
  readonly epoch: number;
  readonly parked: boolean;
}

/** How far each portfolio is matched. */
export function readProgress(trx: Trx, portfolioIds: readonly string[]): Promise<ProgressRow[]> {
  return trx
    .selectFrom("portfolio_state as s")
    .innerJoin("ledger_head as h", "h.portfolio_id", "s.portfolio_id")
    .select([
      "s.portfolio_id",
      "h.head_sequence as head",
      "s.applied_sequence as applied",
      "s.epoch",
      sql<boolean>`s.parked_at is not null`.as("parked"),
    ])
    .where("s.portfolio_id", "in", [...portfolioIds])
    .execute();
}
