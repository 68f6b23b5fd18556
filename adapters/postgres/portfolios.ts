import { sql } from "kysely";
import type { LotMethod, ParkReason } from "#contracts/portfolios.ts";
import { asUser, type Db, type Trx } from "./pool.ts";

export interface PortfolioRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly base_currency: string;
  readonly lot_method: LotMethod;
  readonly allow_short: boolean;
  readonly track_cash: boolean;
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
  "track_cash",
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
    lotMethod: LotMethod;
    allowShort: boolean;
    trackCash?: boolean;
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
        track_cash: portfolio.trackCash ?? false,
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
    lot_method: LotMethod;
    allow_short: boolean;
    track_cash: boolean;
    archived: boolean;
  },
): Promise<PortfolioRow | undefined> {
  return trx
    .updateTable("portfolio")
    .set((column) => ({
      ...changes,
      rules_version: sql<number>`${column.ref("rules_version")} + case
        when (lot_method, allow_short, track_cash)
          = (${changes.lot_method}, ${changes.allow_short}, ${changes.track_cash}) then 0 else 1 end`,
      updated_at: sql<string>`clock_timestamp()`,
    }))
    .where("id", "=", key.portfolioId)
    .where("owner_id", "=", key.ownerId)
    .where("deleted_at", "is", null)
    .returning(columns)
    .executeTakeFirst();
}

/** Whether a transfer that stands ties the portfolio to another that is not deleted: the figures of each need both. */
export async function hasTransfers(trx: Trx, portfolioId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1
    from transaction t
    join portfolio other on other.id in (t.portfolio_id, t.to_portfolio_id)
      and other.id <> ${portfolioId} and other.deleted_at is null
    where t.to_portfolio_id is not null and not t.withdrawn
      and (t.portfolio_id = ${portfolioId} or t.to_portfolio_id = ${portfolioId})
      and not exists (
        select from transaction newer
        where newer.portfolio_id = t.portfolio_id and newer.id = t.id and newer.version > t.version)
    limit 1`.execute(trx);
  return rows.length > 0;
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

/** Makes matchers look again at the owner's other portfolios, where the one that is being deleted had a split. */
export async function reopenForDeletion(
  trx: Trx,
  key: { ownerId: string; portfolioId: string },
): Promise<void> {
  // The one that is being deleted among them, in the order in which matchers and other deletions take them.
  const { rows } = await sql<{ id: string }>`
    select id from portfolio
    where owner_id = ${key.ownerId} and deleted_at is null
      and exists (select from transaction t where t.portfolio_id = ${key.portfolioId} and t.type = 'split')
    order by id
    for no key update`.execute(trx);
  await reopenPortfolios(
    trx,
    rows.map((row) => row.id).filter((id) => id !== key.portfolioId),
  );
}

/**
 * Marks portfolios as if their rules had changed, and rings the bell for those that have anything to match. The caller has
 * locked them, in the order of their ids and in a statement before: one that both locks and updates may meet a version
 * that somebody has replaced meanwhile, ask for its lock once more, and so wait for somebody who waits for it.
 */
export async function reopenPortfolios(trx: Trx, portfolioIds: readonly string[]): Promise<void> {
  if (portfolioIds.length === 0) return;
  await sql`
    with reopened as (
      update portfolio p set rules_version = p.rules_version + 1, updated_at = clock_timestamp()
      where p.id = any (${[...portfolioIds]}::uuid[])
      returning p.id
    ), rung as (
      insert into outbox (portfolio_id, sequence)
      select h.portfolio_id, h.head_sequence
      from ledger_head h join reopened on reopened.id = h.portfolio_id
      where h.head_sequence > 0
      returning 1
    )
    select pg_notify('outbox', '') from rung limit 1`.execute(trx);
}

export interface ProgressRow {
  readonly portfolio_id: string;
  readonly head: number;
  readonly applied: number;
  readonly epoch: number;
  /** Since when nothing more is matched; what follows tells what for. Null: nothing is wrong. */
  readonly parked_at: string | null;
  readonly parked_reason: ParkReason | null;
  /** Whose version cannot be matched: it may be that of a portfolio that transfers tie to this one. */
  readonly parked_portfolio_id: string | null;
  /** Null while parked: not a version, but the rules of that portfolio, cannot be applied. */
  readonly parked_sequence: number | null;
  readonly parked_transaction_id: string | null;
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
      "s.parked_at",
      "s.parked_reason",
      "s.parked_portfolio_id",
      "s.parked_sequence",
      "s.parked_transaction_id",
    ])
    .where("s.portfolio_id", "in", [...portfolioIds])
    .execute();
}
