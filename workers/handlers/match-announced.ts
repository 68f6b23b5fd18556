import { databaseErrorKind, sqlState } from "#adapters/postgres/errors.ts";
import { parkPortfolio } from "#adapters/postgres/matching-writes.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { EventHandler, FanOut, Logger } from "#adapters/ports.ts";
import { portfolioChannel } from "#contracts/events.ts";
import { matchLots, type Matched, type MatchOptions } from "#use-cases/match-lots.ts";

export interface MatcherDependencies {
  readonly db: Db;
  readonly fanOut: FanOut;
  readonly log: Logger;
}

/** Portfolios that one SQL transaction matches. */
const BATCH_SIZE_MAX = 200;

/** Any uuid as PostgreSQL reads it. Whoever can write to the topic can write anything else, too. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Handles `transaction-recorded`: brings the portfolios named up to date and tells whoever is watching them. */
export function matchAnnounced(dependencies: MatcherDependencies): EventHandler {
  return async (events) => {
    const correlations = new Map<string, string | undefined>();
    for (const { portfolioId, correlationId } of events) {
      if (UUID.test(portfolioId)) correlations.set(portfolioId.toLowerCase(), correlationId);
      else dependencies.log.warn({ portfolioId }, "passed over an event that names no portfolio");
    }
    await matchPortfolios(dependencies, [...correlations.keys()], { correlations });
  };
}

export interface MatchingOptions {
  readonly skipLocked?: boolean;
  /** What to log and tell beside a portfolio's match. */
  readonly correlations?: ReadonlyMap<string, string | undefined>;
}

/**
 * Matches portfolios in batches. A batch that fails because of one portfolio is matched portfolio by portfolio, so that
 * one that is slow, locked or broken holds up nobody else; a broken one is parked.
 * Errors: throws on faults that trying again can cure, when everything else is matched.
 */
export async function matchPortfolios(
  dependencies: MatcherDependencies,
  portfolioIds: readonly string[],
  options: MatchingOptions = {},
): Promise<void> {
  for (let start = 0; start < portfolioIds.length; start += BATCH_SIZE_MAX) {
    const batch = portfolioIds.slice(start, start + BATCH_SIZE_MAX);
    try {
      const { leftParked } = await matchBatch(dependencies, batch, { ...options, leaveParked: true });
      await matchOneByOne(dependencies, leftParked, options);
    } catch (error) {
      if (!isOfOnePortfolio(error)) throw error;
      await matchOneByOne(dependencies, batch, options);
    }
  }
}

async function matchOneByOne(
  dependencies: MatcherDependencies,
  portfolioIds: readonly string[],
  options: MatchingOptions,
): Promise<void> {
  const faults: unknown[] = [];
  for (const portfolioId of portfolioIds) {
    try {
      await matchBatch(dependencies, [portfolioId], options);
    } catch (error) {
      if (!isOfOnePortfolio(error)) throw error;
      if (isLock(error)) faults.push(error);
      else await park(dependencies, portfolioId, error);
    }
  }
  if (faults.length > 0) throw faults[0];
}

/** Whether other portfolios may fare better: it is no fault of the connection or the server. */
function isOfOnePortfolio(error: unknown): boolean {
  return databaseErrorKind(error) !== "transient" || isLock(error) || sqlState(error) === STATEMENT_TIMEOUT;
}

function isLock(error: unknown): boolean {
  return LOCK_STATES.has(sqlState(error) ?? "");
}

const STATEMENT_TIMEOUT = "57014";
/** Not had in time, deadlock: somebody else is at work on the same rows, or hangs. */
const LOCK_STATES = new Set(["55P03", "40P01"]);

async function matchBatch(
  { db, fanOut, log }: MatcherDependencies,
  portfolioIds: readonly string[],
  { correlations, ...matching }: MatchingOptions & MatchOptions,
): Promise<Matched> {
  const matched = await matchLots(db, portfolioIds, matching);
  // All at once: with Redis away each hint takes its time to fail.
  await Promise.all(
    matched.changes.map((change) => {
      const correlationId = correlations?.get(change.portfolioId);
      const { portfolioId, applied, epoch } = change;
      log.info({ portfolioId, applied, epoch, correlationId }, "matched");
      return fanOut.publish(portfolioChannel(portfolioId), {
        ...change,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    }),
  );
  return matched;
}

async function park({ db, log }: MatcherDependencies, portfolioId: string, error: unknown): Promise<void> {
  log.error({ err: error, portfolioId }, "matching fails, the portfolio is parked");
  await db.transaction().execute((trx) => parkPortfolio(trx, portfolioId));
}
