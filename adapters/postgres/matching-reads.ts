import { sql } from "kysely";
import type { LotMethod } from "#contracts/portfolios.ts";
import { plainArray } from "./array-literal.ts";
import type { Trx } from "./pool.ts";
import { prepare } from "./prepared.ts";
import { run } from "./run-prepared.ts";
import { CONTENT_COLUMNS, contentOf, type TransactionContent } from "./transaction-content.ts";

/** A portfolio as a matcher finds it, its state row locked until the SQL transaction ends. */
export interface LockedPortfolio {
  readonly portfolio_id: string;
  readonly owner_id: string;
  readonly base_currency: string;
  readonly lot_method: LotMethod;
  readonly allow_short: boolean;
  readonly track_cash: boolean;
  readonly head_sequence: number;
  readonly applied_sequence: number;
  readonly epoch: number;
  readonly rules_version: number;
  readonly applied_rules_version: number;
  /** Whether a transaction, by any version, ties it to another portfolio or two of its instruments to each other. */
  readonly is_tied: boolean;
  /** How often matching failed since it last succeeded. More than none: it is matched apart from the others. */
  readonly failures: number;
  /** Whose version, or rules, cannot be matched; null while it is not parked. */
  readonly parked_portfolio_id: string | null;
  readonly parked_sequence: number | null;
  readonly deleted: boolean;
}

/** Whether there is anything to match: news, or rules that its figures do not follow yet. */
export function isBehind(portfolio: LockedPortfolio): boolean {
  if (portfolio.deleted) return false;
  return portfolio.head_sequence > portfolio.applied_sequence || rulesChanged(portfolio);
}

export function rulesChanged(portfolio: LockedPortfolio): boolean {
  return portfolio.rules_version !== portfolio.applied_rules_version;
}

/** A stored version as matching needs it. */
export interface LedgerVersion extends Omit<TransactionContent, "notes"> {
  readonly portfolio_id: string;
  readonly sequence: number;
  readonly id: string;
  readonly version: number;
  readonly withdrawn: boolean;
  readonly order_sequence: number;
  /** `NO_INSTRUMENT` for money alone. */
  readonly instrument_id: number;
  readonly to_instrument_id: number | null;
}

/** Stands for the instrument of transactions that move money alone. */
export const NO_INSTRUMENT = 0;

/** One instrument of one portfolio: what lots are kept for. Money alone is a key of its own, `NO_INSTRUMENT`. */
export interface MatchingKey {
  readonly portfolioId: string;
  readonly instrumentId: number;
}

/** The columns of a `LedgerVersion` of a table or alias. */
export const versionOf = (alias: string) => sql`
  ${sql.ref(`${alias}.portfolio_id`)}, ${sql.ref(`${alias}.sequence`)}, ${sql.ref(`${alias}.id`)},
  ${sql.ref(`${alias}.version`)}, ${sql.ref(`${alias}.withdrawn`)}, ${sql.ref(`${alias}.order_sequence`)},
  coalesce(${sql.ref(`${alias}.instrument_id`)}, ${NO_INSTRUMENT}) as instrument_id,
  ${sql.ref(`${alias}.to_instrument_id`)}, ${contentOf(alias)}`;

/**
 * Locks the state of portfolios, and of all that transfers tie to them, in one order, so that two matchers with
 * overlapping batches wait and never deadlock. `skipLocked` leaves out those that another matcher is busy with.
 */
export async function lockPortfolios(
  trx: Trx,
  portfolioIds: readonly string[],
  options: { skipLocked: boolean },
): Promise<LockedPortfolio[]> {
  const statement = options.skipLocked ? LOCK_UNLOCKED : LOCK;
  const locked = await run<{ portfolio_id: string }>(trx, statement, [plainArray(portfolioIds)]);
  if (locked.length === 0) return [];
  // Read in a statement of its own: it begins after the locks were had and sees what their last holders committed.
  return readPortfolios(
    trx,
    locked.map((row) => row.portfolio_id),
  );
}

// Every statement that follows in the SQL transaction finds its rows by key, and the planner gets no other choice: its
// plans are kept, and one that was made while tables were young would read them whole until they are analyzed.
const lockText = (suffix: string) => `
  select s.portfolio_id, set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)
  from portfolio_state s
  where s.portfolio_id in (
    with recursive tied (id) as (
      select unnest($1::uuid[])
      union
      select other.id
      from tied
      cross join lateral (
        select t.to_portfolio_id as id from transaction t
        where t.portfolio_id = tied.id and t.to_portfolio_id is not null
        union all
        select t.portfolio_id from transaction t where t.to_portfolio_id = tied.id
      ) other
    )
    select id from tied)
  order by s.portfolio_id
  for update of s ${suffix}`;
const LOCK = prepare("lock-portfolios", lockText(""));
const LOCK_UNLOCKED = prepare("lock-unlocked-portfolios", lockText("skip locked"));

/** The same without locks, for those that only look. Shape: sorted. */
export function readPortfolios(trx: Trx, portfolioIds: readonly string[]): Promise<LockedPortfolio[]> {
  return run<LockedPortfolio>(trx, READ_PORTFOLIOS, [plainArray(portfolioIds)]);
}

const READ_PORTFOLIOS = prepare(
  "read-portfolios",
  `select s.portfolio_id, p.owner_id, p.base_currency, p.lot_method, p.allow_short, p.track_cash, h.head_sequence,
    s.applied_sequence, s.epoch, p.rules_version, s.rules_version as applied_rules_version,
    exists (select from transaction t where t.portfolio_id = s.portfolio_id
        and (t.to_portfolio_id is not null or t.to_instrument_id is not null))
      or exists (select from transaction t where t.to_portfolio_id = s.portfolio_id) as is_tied,
    s.failures, s.parked_portfolio_id, s.parked_sequence, p.deleted_at is not null as deleted
  from portfolio_state s
  join portfolio p on p.id = s.portfolio_id
  join ledger_head h on h.portfolio_id = s.portfolio_id
  where s.portfolio_id = any ($1::uuid[])
  order by s.portfolio_id`,
);

/** What ties two keys to each other: a transfer, or what a company made of one instrument into another. */
export interface KeyLink {
  readonly from: MatchingKey;
  readonly to: MatchingKey;
  /** Of the version that ties them, in the portfolio of `from`. */
  readonly sequence: number;
}

/** Every tie from or to the portfolios, by any version, however old. */
export async function readLinks(trx: Trx, portfolioIds: readonly string[]): Promise<KeyLink[]> {
  if (portfolioIds.length === 0) return [];
  const rows = await run<{
    portfolio_id: string;
    instrument_id: number;
    to_portfolio_id: string;
    to_instrument_id: number;
    sequence: number;
  }>(trx, READ_LINKS, [plainArray(portfolioIds)]);
  return rows.map((row) => ({
    from: { portfolioId: row.portfolio_id, instrumentId: row.instrument_id },
    to: { portfolioId: row.to_portfolio_id, instrumentId: row.to_instrument_id },
    sequence: row.sequence,
  }));
}

const READ_LINKS = prepare(
  "read-links",
  `select t.portfolio_id, coalesce(t.instrument_id, ${NO_INSTRUMENT}) as instrument_id,
    coalesce(t.to_portfolio_id, t.portfolio_id) as to_portfolio_id,
    coalesce(t.to_instrument_id, t.instrument_id, ${NO_INSTRUMENT}) as to_instrument_id, min(t.sequence) as sequence
  from transaction t
  where (t.to_portfolio_id is not null or t.to_instrument_id is not null) and t.portfolio_id = any ($1::uuid[])
  group by 1, 2, 3, 4
  union
  select t.portfolio_id, coalesce(t.instrument_id, ${NO_INSTRUMENT}), t.to_portfolio_id,
    coalesce(t.instrument_id, ${NO_INSTRUMENT}), min(t.sequence)
  from transaction t
  where t.to_portfolio_id = any ($1::uuid[])
  group by 1, 2, 3, 4`,
);

/**
 * Versions past what is applied, of each portfolio up to a sequence, which is not past the head that was read: of what is
 * recorded meanwhile nobody has looked yet which portfolios it ties. Shape: by portfolio, then sequence.
 */
export function readUnmatched(
  trx: Trx,
  portfolios: readonly LockedPortfolio[],
  upTo: ReadonlyMap<string, number>,
): Promise<LedgerVersion[]> {
  return run<LedgerVersion>(trx, READ_UNMATCHED, [
    plainArray(portfolios.map((portfolio) => portfolio.portfolio_id)),
    plainArray(portfolios.map((portfolio) => portfolio.applied_sequence)),
    plainArray(portfolios.map((portfolio) => upTo.get(portfolio.portfolio_id)!)),
  ]);
}

const READ_UNMATCHED = prepare(
  "read-unmatched",
  `select v.portfolio_id, v.sequence, v.id, v.version, v.withdrawn, v.order_sequence,
    coalesce(v.instrument_id, ${NO_INSTRUMENT}) as instrument_id, v.to_instrument_id,
    ${CONTENT_COLUMNS.map((column) => `v.${column}`).join(", ")}
  from unnest($1::uuid[], $2::bigint[], $3::bigint[]) as p (portfolio_id, applied, up_to)
  cross join lateral (
    select * from transaction t
    where t.portfolio_id = p.portfolio_id and t.sequence > p.applied and t.sequence <= p.up_to
    order by t.sequence
  ) v
  order by v.portfolio_id, v.sequence`,
);

/** A key's whole story up to a sequence: the newest version of each transaction, unless it was withdrawn. */
export async function readHistories(
  trx: Trx,
  keys: readonly (MatchingKey & { readonly upTo: number })[],
): Promise<LedgerVersion[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<LedgerVersion>`
    select * from (
      select distinct on (t.portfolio_id, t.instrument_id, t.id) ${versionOf("t")}
      from unnest(${keys.map((key) => key.portfolioId)}::uuid[], ${keys.map((key) => key.instrumentId)}::integer[],
        ${keys.map((key) => key.upTo)}::bigint[]) as k (portfolio_id, instrument_id, up_to)
      join transaction t on t.portfolio_id = k.portfolio_id
        and coalesce(t.instrument_id, ${NO_INSTRUMENT}) = k.instrument_id and t.sequence <= k.up_to
      order by t.portfolio_id, t.instrument_id, t.id, t.version desc
    ) current
    where not withdrawn`.execute(trx);
  return rows;
}

/**
 * The splits of instruments that are recorded in other portfolios of the same owner: a split changes the lots of all of
 * them. Those that matching has not come to, withdrawn ones and deleted portfolios' do not count.
 * Shape: one row per key and split; `key_portfolio_id` is whose lots it concerns.
 */
export async function readSplitsElsewhere(
  trx: Trx,
  keys: readonly MatchingKey[],
): Promise<(LedgerVersion & { readonly key_portfolio_id: string })[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<LedgerVersion & { key_portfolio_id: string }>`
    select * from (
      select distinct on (k.portfolio_id, t.portfolio_id, t.id) k.portfolio_id as key_portfolio_id, ${versionOf("t")}
      from ${keyColumns(keys)}
      join portfolio own on own.id = k.portfolio_id
      join portfolio other on other.owner_id = own.owner_id and other.id <> own.id and other.deleted_at is null
      join portfolio_state s on s.portfolio_id = other.id
      join transaction t on t.portfolio_id = other.id and t.instrument_id = k.instrument_id and t.type = 'split'
        and t.sequence <= s.applied_sequence
      where not exists (
        select from transaction newer
        where newer.portfolio_id = t.portfolio_id and newer.id = t.id and newer.version > t.version
          and newer.sequence <= s.applied_sequence)
      order by k.portfolio_id, t.portfolio_id, t.id, t.version desc
    ) current
    where not withdrawn`.execute(trx);
  return rows;
}

/** Every key that a portfolio has ever had a transaction in, for when its rules changed. */
export async function readKeys(trx: Trx, portfolioIds: readonly string[]): Promise<MatchingKey[]> {
  const { rows } = await sql<{ portfolio_id: string; instrument_id: number }>`
    select distinct portfolio_id, coalesce(instrument_id, ${NO_INSTRUMENT}) as instrument_id
    from transaction where portfolio_id = any (${[...portfolioIds]}::uuid[])
    order by 1, 2`.execute(trx);
  return rows.map((row) => ({ portfolioId: row.portfolio_id, instrumentId: row.instrument_id }));
}

export interface StoredPosition {
  readonly portfolio_id: string;
  readonly instrument_id: number;
  readonly currency: string | null;
  readonly quantity: string;
  readonly unit: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly fees: string;
  readonly income: string;
  readonly withheld_tax: string;
  readonly income_fees: string;
  readonly base_cost_basis: string | null;
  readonly base_realized_gain: string | null;
  readonly exchange_gain: string | null;
  readonly last_traded_at: string;
  readonly last_order_sequence: number;
}

export function readStoredPositions(trx: Trx, keys: readonly MatchingKey[]): Promise<StoredPosition[]> {
  return run<StoredPosition>(trx, READ_POSITIONS, [
    plainArray(keys.map((key) => key.portfolioId)),
    plainArray(keys.map((key) => key.instrumentId)),
  ]);
}

const READ_POSITIONS = prepare(
  "read-positions",
  `select p.portfolio_id, p.instrument_id, p.currency, p.quantity, p.unit, p.cost_basis, p.realized_gain, p.fees,
    p.income, p.withheld_tax, p.income_fees, p.base_cost_basis, p.base_realized_gain, p.exchange_gain,
    p.last_traded_at, p.last_order_sequence
  from unnest($1::uuid[], $2::integer[]) as k (portfolio_id, instrument_id)
  join position p on p.portfolio_id = k.portfolio_id and p.instrument_id = k.instrument_id`,
);

export interface StoredLot {
  readonly portfolio_id: string;
  readonly instrument_id: number;
  readonly id: string;
  readonly side: "long" | "short";
  readonly opened_at: string;
  readonly opened_sequence: number;
  readonly opened_date: string;
  readonly original_quantity: string;
  readonly original_cost: string;
  readonly remaining_quantity: string;
  readonly unit: string;
  readonly original_base_cost: string | null;
  readonly opening_rate: string | null;
  readonly unit_cost_numerator: string | null;
  readonly unit_cost_denominator: string | null;
}

/** Open lots of keys, oldest first within each key. */
export async function readOpenLots(trx: Trx, keys: readonly MatchingKey[]): Promise<StoredLot[]> {
  if (keys.length === 0) return [];
  return run<StoredLot>(trx, READ_OPEN_LOTS, [
    plainArray(keys.map((key) => key.portfolioId)),
    plainArray(keys.map((key) => key.instrumentId)),
  ]);
}

const LOT_COLUMNS = `l.portfolio_id, l.instrument_id, l.id, l.side, l.opened_at, l.opened_sequence, l.opened_date,
  l.original_quantity, l.original_cost, l.remaining_quantity, l.unit, l.original_base_cost, l.opening_rate,
  l.unit_cost_numerator, l.unit_cost_denominator`;

const READ_OPEN_LOTS = prepare(
  "read-open-lots",
  `select ${LOT_COLUMNS}
  from unnest($1::uuid[], $2::integer[]) as k (portfolio_id, instrument_id)
  join tax_lot l on l.portfolio_id = k.portfolio_id and l.instrument_id = k.instrument_id and l.is_open
  order by l.portfolio_id, l.instrument_id, l.opened_at, l.opened_sequence`,
);

/** A key of which lots are wanted from one end of the row, until together they hold so much. */
export interface WantedLots extends MatchingKey {
  /** Units: the lots' own, parts of a share. */
  readonly quantity: string;
  readonly lotsMax: number;
}

/**
 * The open lots of each key from one end of the row, as many as hold what is wanted, but at most so many: a sale reads
 * the two or three that it takes from, however many there are.
 */
export async function readFirstLots(
  trx: Trx,
  wanted: readonly WantedLots[],
  end: "oldest" | "newest",
): Promise<StoredLot[]> {
  if (wanted.length === 0) return [];
  return run<StoredLot>(trx, READ_FIRST_LOTS[end], [
    plainArray(wanted.map((key) => key.portfolioId)),
    plainArray(wanted.map((key) => key.instrumentId)),
    plainArray(wanted.map((key) => key.quantity)),
    plainArray(wanted.map((key) => key.lotsMax)),
  ]);
}

const firstLotsText = (order: string) => `
  select ${LOT_COLUMNS}
  from unnest($1::uuid[], $2::integer[], $3::numeric[], $4::integer[])
    as k (portfolio_id, instrument_id, quantity, lots_max)
  cross join lateral (
    select *, sum(remaining_quantity) over (order by ${order}) - remaining_quantity as held_before
    from (
      select * from tax_lot o
      where o.portfolio_id = k.portfolio_id and o.instrument_id = k.instrument_id and o.is_open
      order by ${order}
      limit k.lots_max
    ) first
  ) l
  where l.held_before < k.quantity`;
const READ_FIRST_LOTS = {
  oldest: prepare("read-oldest-lots", firstLotsText("opened_at, opened_sequence")),
  newest: prepare("read-newest-lots", firstLotsText("opened_at desc, opened_sequence desc")),
} as const;

/** Keys as a table `k (portfolio_id, instrument_id)`. */
export const keyColumns = (keys: readonly MatchingKey[]) =>
  sql`unnest(${plainArray(keys.map((key) => key.portfolioId))}::uuid[],
    ${plainArray(keys.map((key) => key.instrumentId))}::integer[]) as k (portfolio_id, instrument_id)`;
