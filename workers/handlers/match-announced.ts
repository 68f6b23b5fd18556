import { sqlState } from "#adapters/postgres/errors.ts";
import { callUp, setApart } from "#adapters/postgres/parking.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { EventHandler, FanOut, Logger } from "#adapters/ports.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import { matchLots } from "#use-cases/match-lots.ts";
import { isOwnFault, isTooSlow } from "#use-cases/match-to-failure.ts";

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
 * Matches portfolios in batches. One that is slow, locked or broken holds up nobody else: those that fail by themselves
 * are set apart, to be tried by the retry loop.
 * Errors: throws on faults that trying again can cure, when everything else is matched.
 */
export async function matchPortfolios(
  dependencies: MatcherDependencies,
  portfolioIds: readonly string[],
  options: MatchingOptions = {},
): Promise<void> {
  const failing: Failing[] = [];
  for (let start = 0; start < portfolioIds.length; start += BATCH_SIZE_MAX) {
    const batch = portfolioIds.slice(start, start + BATCH_SIZE_MAX);
    failing.push(...(await matchBatch(dependencies, batch, options)));
  }
  const broken = failing.filter(({ error }) => !isLock(error));
  for (const { portfolioId, error } of broken) {
    dependencies.log.warn({ err: error, portfolioId }, "matching failed, the portfolio is set apart");
  }
  await setApart(
    dependencies.db,
    broken.map(({ portfolioId }) => portfolioId),
  );
  const locked = failing.find(({ error }) => isLock(error));
  if (locked !== undefined) throw locked.error;
}

interface Failing {
  readonly portfolioId: string;
  readonly error: unknown;
}

/**
 * Matches a batch. Returns those of it that fail by themselves: they are found by halving, since what fails does so at
 * once; where it takes seconds to fail, one by one.
 */
async function matchBatch(
  dependencies: MatcherDependencies,
  batch: readonly string[],
  options: MatchingOptions,
): Promise<readonly Failing[]> {
  try {
    const { skipLocked = false } = options;
    const { changes, left } = await matchLots(dependencies.db, batch, { skipLocked, leaveFailing: true });
    await tellMatched(dependencies, changes, options);
    await callUp(dependencies.db, left);
    return [];
  } catch (error) {
    if (!isOwnFault(error) && !isLock(error)) throw error;
    if (batch.length === 1) return [{ portfolioId: batch[0]!, error }];
    const size = isSlow(error) ? 1 : Math.ceil(batch.length / 2);
    const failing: Failing[] = [];
    for (let start = 0; start < batch.length; start += size) {
      failing.push(...(await matchBatch(dependencies, batch.slice(start, start + size), options)));
    }
    return failing;
  }
}

/** Somebody else is at work on the same rows, or hangs: a lock not had in time, a deadlock. */
function isLock(error: unknown): boolean {
  return LOCK_STATES.has(sqlState(error) ?? "");
}

/** It failed because time was up. */
function isSlow(error: unknown): boolean {
  return isLock(error) || isTooSlow(error);
}

const LOCK_STATES = new Set(["55P03", "40P01"]);

/** Tells whoever watches the portfolios that have been matched. */
export async function tellMatched(
  dependencies: MatcherDependencies,
  changes: readonly PositionChanged[],
  options: MatchingOptions = {},
): Promise<void> {
  for (const { portfolioId, applied, epoch } of changes) {
    const correlationId = options.correlations?.get(portfolioId);
    dependencies.log.info({ portfolioId, applied, epoch, correlationId }, "matched");
  }
  await tell(dependencies, changes, options);
}

/** Tells whoever watches the portfolios how they stand. */
export async function tell(
  { fanOut }: MatcherDependencies,
  changes: readonly PositionChanged[],
  { correlations }: MatchingOptions = {},
): Promise<void> {
  // All at once: with Redis away each hint takes its time to fail.
  await Promise.all(
    changes.map((change) => {
      const correlationId = correlations?.get(change.portfolioId);
      return fanOut.publish(portfolioChannel(change.portfolioId), {
        ...change,
        ...(correlationId === undefined ? {} : { correlationId }),
      });
    }),
  );
}
