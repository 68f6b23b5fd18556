import { databaseErrorKind, sqlState } from "#adapters/postgres/errors.ts";
import { parkPortfolio } from "#adapters/postgres/matching-writes.ts";
import type { EventHandler } from "#adapters/ports.ts";
import { LongTasksStopped } from "../long-tasks.ts";
import { isLock, matchBatch, type BatchDependencies, type Correlations } from "../match-batch.ts";

export type MatcherDependencies = BatchDependencies;

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
  readonly correlations?: Correlations;
}

/**
 * Matches portfolios in batches. A batch that fails because of one portfolio is matched portfolio by portfolio, so that
 * one that is slow, locked or broken holds up nobody else; a broken one is parked.
 * Shape: how many portfolios moved, and whether some of them got their share of a turn and are still behind.
 * Errors: throws on faults that trying again can cure, when everything else is matched.
 */
export async function matchPortfolios(
  dependencies: MatcherDependencies,
  portfolioIds: readonly string[],
  options: MatchingOptions = {},
): Promise<{ moved: number; isMoreToCome: boolean }> {
  let isMoreToCome = false;
  let moved = 0;
  for (let start = 0; start < portfolioIds.length; start += BATCH_SIZE_MAX) {
    const batch = portfolioIds.slice(start, start + BATCH_SIZE_MAX);
    try {
      const matched = await matchBatch(dependencies, batch, {
        ...options,
        leaveParked: true,
        onLongFailed: (portfolioId, error) => failedAlone(dependencies, portfolioId, error),
      });
      isMoreToCome ||= matched.isMoreToCome;
      moved += matched.moved;
      await matchOneByOne(dependencies, matched.leftParked, options);
    } catch (error) {
      if (!isOfOnePortfolio(error)) throw error;
      await matchOneByOne(dependencies, batch, options);
    }
  }
  return { moved, isMoreToCome };
}

async function matchOneByOne(
  dependencies: MatcherDependencies,
  portfolioIds: readonly string[],
  options: MatchingOptions,
): Promise<void> {
  const faults: unknown[] = [];
  for (const portfolioId of portfolioIds) {
    try {
      await matchBatch(dependencies, [portfolioId], {
        ...options,
        onLongFailed: (id, error) => failedAlone(dependencies, id, error),
      });
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

const STATEMENT_TIMEOUT = "57014";

/** What was matched alone fails like what is matched one by one; what can be cured by trying again the sweeper finds. */
async function failedAlone(
  dependencies: MatcherDependencies,
  portfolioId: string,
  error: unknown,
): Promise<void> {
  if (error instanceof LongTasksStopped) return;
  if (isOfOnePortfolio(error) && !isLock(error)) await park(dependencies, portfolioId, error);
  else dependencies.log.warn({ err: error, portfolioId }, "a portfolio could not be matched alone");
}

async function park({ db, log }: MatcherDependencies, portfolioId: string, error: unknown): Promise<void> {
  log.error({ err: error, portfolioId }, "matching fails, the portfolio is parked");
  await db.transaction().execute((trx) => parkPortfolio(trx, portfolioId));
}
