/*
 * When matching fails.
 *
 * A portfolio whose matching fails by its own fault is set apart (`failures` above 0): batches leave it and all that is
 * tied to it alone, and the retry loop (workers/retry-failing.ts) takes it by itself, so that it costs the others nothing.
 * What keeps failing is parked: the portfolio stands exactly before the version that cannot be matched. Nothing is
 * skipped, and nothing after it is applied. Portfolios that transfers tie to it are parked with it as soon as they have
 * news, since that news may need what the version to blame would have brought. A dead letter tells operators the rest.
 */
import { sql } from "kysely";
import { v7 as uuidv7 } from "uuid";
import type { ParkReason } from "#contracts/portfolios.ts";
import { isBehind, lockPortfolios, rulesChanged, type LockedPortfolio } from "./matching-reads.ts";
import type { Db, Trx } from "./pool.ts";

/** What keeps a portfolio, and those tied to it, from being matched. */
export interface Blame {
  readonly portfolioId: string;
  /** The version that cannot be matched; undefined: the portfolio's rules. */
  readonly version: { readonly sequence: number; readonly transactionId: string } | undefined;
  readonly reason: ParkReason;
  /** For operators: the error's name, message, SQLSTATE and the top of its stack. */
  readonly detail: string;
  /** What the failed attempt could know: versions and rules after these are news. */
  readonly attempted: { readonly head: number; readonly rulesVersion: number };
}

/** A portfolio that has just been parked, or was tried once more, and where it stands. */
export interface Parked {
  readonly portfolioId: string;
  readonly head: number;
  readonly applied: number;
  readonly epoch: number;
}

const DETAIL_LENGTH_MAX = 4_000;

/**
 * Parks the portfolio to blame and all that is tied to it and has news, or puts off their next attempt once more: a
 * minute, two, four … an hour.
 * Shape: those that are parked; empty when another matcher has come past the version meanwhile.
 */
export async function parkPortfolios(trx: Trx, blame: Blame): Promise<readonly Parked[]> {
  const locked = await lockPortfolios(trx, [blame.portfolioId], { skipLocked: false });
  const culprit = locked.find((portfolio) => portfolio.portfolio_id === blame.portfolioId);
  if (culprit === undefined || culprit.deleted || !standsBefore(culprit, blame)) return [];
  const waiting = locked.filter(isBehind);
  const attempts = await storeDeadLetter(trx, blame);
  await sql`
    update portfolio_state
    set parked_at = coalesce(parked_at, clock_timestamp()), parked_reason = ${blame.reason},
      parked_portfolio_id = ${blame.portfolioId}, parked_sequence = ${blame.version?.sequence ?? null},
      parked_transaction_id = ${blame.version?.transactionId ?? null}, failures = ${attempts},
      last_failed_at = clock_timestamp(),
      retry_at = clock_timestamp() + least(interval '1 minute' * power(2, ${Math.min(attempts, 10)} - 1), interval '1 hour'),
      attempted_head = ${blame.attempted.head}, attempted_rules_version = ${blame.attempted.rulesVersion}
    where portfolio_id = any (${waiting.map((portfolio) => portfolio.portfolio_id)}::uuid[])`.execute(trx);
  // What was mended while the attempt was being made.
  await callUp(trx, [blame.portfolioId]);
  return waiting.map((portfolio) => ({
    portfolioId: portfolio.portfolio_id,
    head: portfolio.head_sequence,
    applied: portfolio.applied_sequence,
    epoch: portfolio.epoch,
  }));
}

function standsBefore(portfolio: LockedPortfolio, { version }: Blame): boolean {
  if (version === undefined) return rulesChanged(portfolio);
  return portfolio.applied_sequence < version.sequence;
}

/** One more attempt at what the open dead letter of the portfolio tells of, or a new one in its place. Returns attempts. */
async function storeDeadLetter(trx: Trx, blame: Blame): Promise<number> {
  const { portfolioId, reason } = blame;
  const sequence = blame.version?.sequence ?? null;
  const detail = blame.detail.slice(0, DETAIL_LENGTH_MAX);
  const known = await sql<{ attempts: number }>`
    update dead_letter
    set attempts = attempts + 1, last_failed_at = clock_timestamp(), reason = ${reason}, detail = ${detail},
      replay_asked_by = null
    where portfolio_id = ${portfolioId} and source = 'matching' and state = 'open'
      and sequence is not distinct from ${sequence}::bigint
    returning attempts`.execute(trx);
  if (known.rows[0] !== undefined) return known.rows[0].attempts;
  await resolveDeadLetters(trx, [portfolioId]);
  await sql`
    insert into dead_letter (id, source, reason, detail, portfolio_id, sequence, transaction_id)
    values (${uuidv7()}, 'matching', ${reason}, ${detail}, ${portfolioId}, ${sequence},
      ${blame.version?.transactionId ?? null})`.execute(trx);
  return 1;
}

async function resolveDeadLetters(trx: Trx, portfolioIds: readonly string[]): Promise<void> {
  await sql`
    update dead_letter
    set state = 'replayed', resolved_at = clock_timestamp(), resolved_by = replay_asked_by, replay_asked_by = null
    where portfolio_id = any (${[...portfolioIds]}::uuid[]) and source = 'matching' and state = 'open'`.execute(
    trx,
  );
}

/** Forgets the failures of portfolios that are matched again. The caller has locked them. */
export async function unparkPortfolios(trx: Trx, portfolios: readonly LockedPortfolio[]): Promise<void> {
  if (portfolios.length === 0) return;
  await sql`
    update portfolio_state
    set parked_at = null, parked_reason = null, parked_portfolio_id = null, parked_sequence = null,
      parked_transaction_id = null, failures = 0, last_failed_at = null, retry_at = null, attempted_head = null,
      attempted_rules_version = null
    where portfolio_id = any (${portfolios.map((portfolio) => portfolio.portfolio_id)}::uuid[])`.execute(trx);
  const blamed = portfolios.flatMap(({ parked_portfolio_id: id }) => (id === null ? [] : [id]));
  if (blamed.length > 0) await resolveDeadLetters(trx, blamed);
}

/** Parks portfolios that have news with those that they are tied to. The caller has locked all of them. */
export async function parkBeside(
  trx: Trx,
  pairs: readonly { readonly portfolioId: string; readonly parkedId: string }[],
): Promise<void> {
  if (pairs.length === 0) return;
  await sql`
    update portfolio_state s
    set parked_at = clock_timestamp(), parked_reason = p.parked_reason, parked_portfolio_id = p.parked_portfolio_id,
      parked_sequence = p.parked_sequence, parked_transaction_id = p.parked_transaction_id, failures = p.failures,
      last_failed_at = p.last_failed_at, retry_at = p.retry_at, attempted_head = p.attempted_head,
      attempted_rules_version = p.attempted_rules_version
    from unnest(${pairs.map((pair) => pair.portfolioId)}::uuid[], ${pairs.map((pair) => pair.parkedId)}::uuid[])
      as pair (portfolio_id, parked_id)
    join portfolio_state p on p.portfolio_id = pair.parked_id
    where s.portfolio_id = pair.portfolio_id`.execute(trx);
}

/** Sets portfolios apart whose matching has just failed; the retry loop takes them up at once. */
export async function setApart(db: Db, portfolioIds: readonly string[]): Promise<void> {
  if (portfolioIds.length === 0) return;
  await sql`
    update portfolio_state
    set failures = failures + 1, last_failed_at = clock_timestamp(), retry_at = clock_timestamp()
    where portfolio_id = any (${[...portfolioIds]}::uuid[]) and failures = 0`.execute(db);
}

/** Puts off the next attempt at a portfolio that is slow, but not parked: a second, two, four … */
export async function putOff(db: Db, portfolioId: string): Promise<void> {
  await sql`
    update portfolio_state
    set failures = failures + 1, last_failed_at = clock_timestamp(),
      retry_at = clock_timestamp() + interval '1 second' * power(2, least(failures, 10) - 1)
    where portfolio_id = ${portfolioId} and parked_at is null`.execute(db);
}

/** Takes portfolios back among the others that turned out to be matched already. */
export async function takeBack(db: Db, portfolioIds: readonly string[]): Promise<void> {
  await sql`
    update portfolio_state set failures = 0, last_failed_at = null, retry_at = null
    where portfolio_id = any (${[...portfolioIds]}::uuid[]) and failures > 0 and parked_at is null`.execute(
    db,
  );
}

/**
 * Of parked portfolios has those tried now of whose blame there is news: a newer version of the transaction, a change of
 * the rules, or the portfolio is gone.
 */
export async function callUp(db: Db, portfolioIds: readonly string[]): Promise<void> {
  if (portfolioIds.length === 0) return;
  await sql`
    update portfolio_state s set retry_at = clock_timestamp()
    from portfolio blamed
    where s.portfolio_id = any (${[...portfolioIds]}::uuid[]) and blamed.id = s.parked_portfolio_id
      and (blamed.deleted_at is not null or blamed.rules_version > s.attempted_rules_version
        or exists (
          select from transaction t
          where t.id = s.parked_transaction_id and t.portfolio_id = blamed.id and t.sequence > s.attempted_head))`.execute(
    db,
  );
}

/** A matcher that dies over what it claimed leaves it to the others after this. */
const CLAIM_SECONDS = 120;
const RELEASED_SECONDS = 5;

/**
 * Claims the failing portfolio that has been due for longest, so that no other matcher tries it at the same time. Those
 * that are parked for another's sake are tried with that one, and by themselves only where it is gone.
 */
export async function claimDue(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ portfolio_id: string }>`
    update portfolio_state s set retry_at = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS})
    where s.portfolio_id = (
      select d.portfolio_id
      from portfolio_state d
      join portfolio p on p.id = d.portfolio_id and p.deleted_at is null
      where d.failures > 0 and d.retry_at <= clock_timestamp()
        and not exists (
          select from portfolio_state blamed
          join portfolio b on b.id = blamed.portfolio_id and b.deleted_at is null
          where blamed.portfolio_id = d.parked_portfolio_id and blamed.portfolio_id <> d.portfolio_id
            and blamed.parked_at is not null)
      order by d.retry_at, d.portfolio_id
      limit 1
      for update of d skip locked
    )
    returning s.portfolio_id`.execute(db);
  return rows[0]?.portfolio_id;
}

/** Gives back what was claimed and could not be tried. */
export async function releaseClaim(db: Db, portfolioId: string): Promise<void> {
  await sql`
    update portfolio_state set retry_at = clock_timestamp() + make_interval(secs => ${RELEASED_SECONDS})
    where portfolio_id = ${portfolioId} and failures > 0`.execute(db);
}
