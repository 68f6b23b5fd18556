import { callUp, setApart } from "#adapters/postgres/parking.ts";
import type { EventHandler } from "#adapters/ports.ts";
import { isOwnFault, isTooSlow } from "#use-cases/match-to-failure.ts";
import { LongTasksStopped } from "../long-tasks.ts";
import { isLock, matchBatch, type BatchDependencies, type Correlations } from "../match-batch.ts";

export type MatcherDependencies = BatchDependencies;

/** Portfolios that one SQL transaction matches. */
const BATCH_SIZE_MAX = 200;

/** Any uuid as PostgreSQL reads it. Whoever can write to the topic can write anything else, too. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Handles `transaction-recorded`: brings the portfolios named up to date and tells whoever is watching them.
 * Errors: throws when the gate closes before all is done, and on faults that trying again can cure.
 */
export function matchAnnounced(dependencies: MatcherDependencies): EventHandler {
  return async (events) => {
    const correlations = new Map<string, string | undefined>();
    for (const { portfolioId, correlationId } of events) {
      if (UUID.test(portfolioId)) correlations.set(portfolioId.toLowerCase(), correlationId);
      else dependencies.log.warn({ portfolioId }, "passed over an event that names no portfolio");
    }
    const { isHeld } = await matchPortfolios(dependencies, [...correlations.keys()], { correlations });
    if (isHeld) throw new Error("matching is held; the same events come again");
  };
}

export interface MatchingOptions {
  readonly skipLocked?: boolean;
  /** What to log and tell beside a portfolio's match. */
  readonly correlations?: Correlations;
}

/**
 * What came of portfolios: how many moved, whether some got their share of a turn and are still behind, and whether the
 * gate closed before all was done.
 */
export interface MatchedPortfolios {
  readonly moved: number;
  readonly isMoreToCome: boolean;
  readonly isHeld: boolean;
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
): Promise<MatchedPortfolios> {
  const all: Tried[] = [];
  for (let start = 0; start < portfolioIds.length; start += BATCH_SIZE_MAX) {
    all.push(await tryBatch(dependencies, portfolioIds.slice(start, start + BATCH_SIZE_MAX), options));
  }
  const tried = together(all);
  await putAside(
    dependencies,
    tried.failing.filter(({ error }) => !isLock(error)),
  );
  const locked = tried.failing.find(({ error }) => isLock(error));
  if (locked !== undefined) throw locked.error;
  return tried;
}

interface Tried extends MatchedPortfolios {
  readonly failing: readonly Failing[];
}

interface Failing {
  readonly portfolioId: string;
  readonly error: unknown;
}

function together(all: readonly Tried[]): Tried {
  return {
    moved: all.reduce((sum, { moved }) => sum + moved, 0),
    isMoreToCome: all.some(({ isMoreToCome }) => isMoreToCome),
    isHeld: all.some(({ isHeld }) => isHeld),
    failing: all.flatMap(({ failing }) => failing),
  };
}

/**
 * Matches a batch. Those of it that fail by themselves are found by halving, since what fails does so at once; where it
 * takes seconds to fail, one by one.
 */
async function tryBatch(
  dependencies: MatcherDependencies,
  batch: readonly string[],
  options: MatchingOptions,
): Promise<Tried> {
  try {
    const matched = await matchBatch(dependencies, batch, {
      ...options,
      leaveFailing: true,
      onLongFailed: (portfolioId, error) => failedAlone(dependencies, portfolioId, error),
    });
    await callUp(dependencies.db, matched.left);
    return { ...matched, failing: [] };
  } catch (error) {
    if (!isOwnFault(error) && !isLock(error)) throw error;
    if (batch.length === 1) {
      return { moved: 0, isMoreToCome: false, isHeld: false, failing: [{ portfolioId: batch[0]!, error }] };
    }
    const isSlow = isLock(error) || isTooSlow(error);
    const size = isSlow ? 1 : Math.ceil(batch.length / 2);
    const parts: Tried[] = [];
    for (let start = 0; start < batch.length; start += size) {
      parts.push(await tryBatch(dependencies, batch.slice(start, start + size), options));
    }
    return together(parts);
  }
}

/** What was matched alone fails like everything else; what can be cured by trying again the sweeper finds. */
async function failedAlone(
  dependencies: MatcherDependencies,
  portfolioId: string,
  error: unknown,
): Promise<void> {
  if (error instanceof LongTasksStopped) return;
  if (isOwnFault(error) && !isLock(error)) await putAside(dependencies, [{ portfolioId, error }]);
  else dependencies.log.warn({ err: error, portfolioId }, "a portfolio could not be matched alone");
}

async function putAside({ db, log }: MatcherDependencies, broken: readonly Failing[]): Promise<void> {
  for (const { portfolioId, error } of broken) {
    log.warn({ err: error, portfolioId }, "matching failed, the portfolio is set apart");
  }
  await setApart(
    db,
    broken.map(({ portfolioId }) => portfolioId),
  );
}
