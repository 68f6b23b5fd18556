import { sql } from "kysely";
import type { Db, Trx } from "./pool.ts";

/** A portfolio as a matcher finds it, its state row locked until the SQL transaction ends. */
export interface LockedPortfolio {
  readonly portfolio_id: string;
  readonly lot_method: "fifo";
  readonly allow_short: boolean;
  readonly head_sequence: number;
  readonly applied_sequence: number;
  readonly epoch: number;
  readonly rules_version: number;
  readonly applied_rules_version: number;
  /** Matching it failed the last time. */
  readonly parked: boolean;
}

/** A stored version as matching needs it. Units: decimal strings; instants ISO 8601. */
export interface LedgerVersion {
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly order_sequence: number;
  readonly instrument_id: number;
  readonly type: "buy" | "sell";
  readonly quantity: string;
  readonly price: string;
  readonly fees: string;
  readonly currency: string;
  readonly traded_at: string;
  readonly trade_date: string;
}

/** One instrument of one portfolio: what lots are kept for. */
export interface MatchingKey {
  readonly portfolioId: string;
  readonly instrumentId: number;
}

/**
 * Locks the state of portfolios in one order, so that two matchers with overlapping batches wait and never deadlock.
 * `skipLocked` leaves out those that another matcher is busy with. Portfolios that are deleted are not returned.
 */
export async function lockPortfolios(
  trx: Trx,
  portfolioIds: readonly string[],
  options: { skipLocked: boolean },
): Promise<LockedPortfolio[]> {
  const locked = await trx
    .selectFrom("portfolio_state")
    .select("portfolio_id")
    .where("portfolio_id", "in", [...portfolioIds])
    .orderBy("portfolio_id")
    .forUpdate()
    .$if(options.skipLocked, (query) => query.skipLocked())
    .execute();
  if (locked.length === 0) return [];
  // Read in a statement of its own: it begins after the locks were had and sees what their last holders committed.
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
      sql<boolean>`s.parked_at is not null`.as("parked"),
    ])
    .where(
      "s.portfolio_id",
      "in",
      locked.map((row) => row.portfolio_id),
    )
    .where("p.deleted_at", "is", null)
    .orderBy("s.portfolio_id")
    .execute();
}

/** Versions past what is applied, at most `limit` per portfolio. Shape: by portfolio, then sequence. */
export async function readUnmatched(
  trx: Trx,
  portfolios: readonly LockedPortfolio[],
  limit: number,
): Promise<LedgerVersion[]> {
  const ids = portfolios.map((portfolio) => portfolio.portfolio_id);
  const applied = portfolios.map((portfolio) => portfolio.applied_sequence);
  const { rows } = await sql<LedgerVersion>`
    select v.portfolio_id, v.sequence, v.id, v.version, v.withdrawn, v.order_sequence, v.instrument_id, v.type,
      v.quantity, v.price, v.fees, v.currency, v.traded_at, v.trade_date
    from unnest(${ids}::uuid[], ${applied}::bigint[]) as p (portfolio_id, applied)
    cross join lateral (
      select * from transaction t
      where t.portfolio_id = p.portfolio_id and t.sequence > p.applied
      order by t.sequence
      limit ${limit}
    ) v
    order by v.portfolio_id, v.sequence`.execute(trx);
  return rows;
}

/** A key's whole story up to a sequence: the newest version of each transaction, unless it was withdrawn. */
export async function readHistories(
  trx: Trx,
  keys: readonly (MatchingKey & { readonly upTo: number })[],
): Promise<LedgerVersion[]> {
  const { rows } = await sql<LedgerVersion>`
    select * from (
      select distinct on (t.portfolio_id, t.instrument_id, t.id) t.portfolio_id, t.sequence, t.id, t.version,
        t.withdrawn, t.order_sequence, t.instrument_id, t.type, t.quantity, t.price, t.fees, t.currency, t.traded_at,
        t.trade_date
      from unnest(${keys.map((key) => key.portfolioId)}::uuid[], ${keys.map((key) => key.instrumentId)}::integer[],
        ${keys.map((key) => key.upTo)}::bigint[]) as k (portfolio_id, instrument_id, up_to)
      join transaction t
        on t.portfolio_id = k.portfolio_id and t.instrument_id = k.instrument_id and t.sequence <= k.up_to
      order by t.portfolio_id, t.instrument_id, t.id, t.version desc
    ) current
    where not withdrawn`.execute(trx);
  return rows;
}

/** Every key that a portfolio has ever had a transaction in, for when its rules changed. */
export async function readKeys(trx: Trx, portfolioIds: readonly string[]): Promise<MatchingKey[]> {
  const { rows } = await sql<{ portfolio_id: string; instrument_id: number }>`
    select distinct portfolio_id, instrument_id from transaction where portfolio_id = any (${portfolioIds}::uuid[])
    order by portfolio_id, instrument_id`.execute(trx);
  return rows.map((row) => ({ portfolioId: row.portfolio_id, instrumentId: row.instrument_id }));
}

export interface StoredPosition {
  readonly portfolio_id: string;
  readonly instrument_id: number;
  readonly currency: string | null;
  readonly quantity: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly fees: string;
  readonly last_traded_at: string;
  readonly last_order_sequence: number;
}

export async function readStoredPositions(trx: Trx, keys: readonly MatchingKey[]): Promise<StoredPosition[]> {
  const { rows } = await sql<StoredPosition>`
    select p.portfolio_id, p.instrument_id, p.currency, p.quantity, p.cost_basis, p.realized_gain, p.fees,
      p.last_traded_at, p.last_order_sequence
    from unnest(${keys.map((key) => key.portfolioId)}::uuid[], ${keys.map((key) => key.instrumentId)}::integer[])
      as k (portfolio_id, instrument_id)
    join position p on p.portfolio_id = k.portfolio_id and p.instrument_id = k.instrument_id`.execute(trx);
  return rows;
}

export interface StoredLot {
  readonly portfolio_id: string;
  readonly instrument_id: number;
  readonly id: string;
  readonly side: "long" | "short";
  readonly opened_at: string;
  readonly opened_sequence: number;
  readonly original_quantity: string;
  readonly original_cost: string;
  readonly remaining_quantity: string;
}

/** Open lots of keys, oldest first within each key. */
export async function readOpenLots(trx: Trx, keys: readonly MatchingKey[]): Promise<StoredLot[]> {
  const { rows } = await sql<StoredLot>`
    select l.portfolio_id, l.instrument_id, l.id, l.side, l.opened_at, l.opened_sequence, l.original_quantity,
      l.original_cost, l.remaining_quantity
    from unnest(${keys.map((key) => key.portfolioId)}::uuid[], ${keys.map((key) => key.instrumentId)}::integer[])
      as k (portfolio_id, instrument_id)
    join tax_lot l on l.portfolio_id = k.portfolio_id and l.instrument_id = k.instrument_id and l.remaining_quantity > 0
    order by l.portfolio_id, l.instrument_id, l.opened_at, l.opened_sequence`.execute(trx);
  return rows;
}

/**
 * Portfolios whose oldest unmatched news is older than `olderThanMs`, longest first. The newest news says nothing: in a
 * portfolio that is traded all the time it is always young.
 */
export async function findBehind(
  db: Db,
  options: { olderThanMs: number; parkedRetryMs: number; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ portfolio_id: string }>`
    select s.portfolio_id
    from portfolio_state s
    join ledger_head h on h.portfolio_id = s.portfolio_id
    join portfolio p on p.id = s.portfolio_id
    left join transaction t on t.portfolio_id = s.portfolio_id and t.sequence = s.applied_sequence + 1
    where (h.head_sequence > s.applied_sequence or p.rules_version <> s.rules_version)
      and p.deleted_at is null
      and coalesce(t.recorded_at, p.updated_at) < clock_timestamp() - make_interval(secs => ${options.olderThanMs / 1000})
      and (s.parked_at is null
        or s.parked_at < clock_timestamp() - make_interval(secs => ${options.parkedRetryMs / 1000}))
    order by coalesce(t.recorded_at, p.updated_at), s.portfolio_id
    limit ${options.limit}`.execute(db);
  return rows.map((row) => row.portfolio_id);
}
