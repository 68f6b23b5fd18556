import { forgetOld } from "#adapters/postgres/housekeeping.ts";
import { findBehind } from "#adapters/postgres/find-behind.ts";
import { openGate } from "#adapters/ports.ts";
import { deleteSilentProcesses } from "#adapters/postgres/worker-processes.ts";
import { matchPortfolios, type MatcherDependencies } from "./handlers/match-announced.ts";
import { repeat, type Repeating } from "./repeat.ts";
import { retryFailing } from "./retry-failing.ts";

/** Units: milliseconds. */
const SWEEP_EVERY_MS = 1_000;
/** Younger news is on its way by the event log. */
const BEHIND_FOR_MS = 1_500;
/** Looks this often for failing portfolios whose time has come. */
const RETRY_EVERY_MS = 1_000;
const HOUSEKEEPING_EVERY_MS = 3_600_000;
const PORTFOLIOS_PER_SWEEP = 50;
/** Between two sweeps of a backlog; what is announced meanwhile is matched in between. */
const AGAIN_AFTER_MS = 50;

/**
 * Matches what no event led to: an announcement was lost, a broker is away, a consumer hangs. This, and not the event
 * log, is what promises that everything recorded gets matched.
 */
export function startSweeper(dependencies: MatcherDependencies): Repeating[] {
  const { gate = openGate } = dependencies;
  const sweep = repeat("sweep", {
    everyMs: SWEEP_EVERY_MS,
    log: dependencies.log,
    task: async () => gate.pass(() => matchBehind(dependencies)),
  });
  const retry = repeat("retry", {
    everyMs: RETRY_EVERY_MS,
    log: dependencies.log,
    task: async (stopping) => gate.pass(() => retryFailing(dependencies, stopping)),
  });
  const housekeeping = repeat("housekeeping", {
    everyMs: HOUSEKEEPING_EVERY_MS,
    log: dependencies.log,
    async task() {
      await forgetOld(dependencies.db);
      await deleteSilentProcesses(dependencies.db);
    },
  });
  return [sweep, retry, housekeeping];
}

/** Returns how soon to look again, where that is sooner than usual. */
async function matchBehind(dependencies: MatcherDependencies): Promise<number | undefined> {
  const behind = await findBehind(dependencies.db, {
    olderThanMs: BEHIND_FOR_MS,
    limit: PORTFOLIOS_PER_SWEEP,
    except: [...(dependencies.long?.portfolioIds ?? [])],
  });
  const { moved, isMoreToCome } = await matchPortfolios(dependencies, behind, { skipLocked: true });
  // With a backlog, and nobody else to announce it, there is no use in waiting.
  const isBacklog = moved > 0 && (isMoreToCome || behind.length === PORTFOLIOS_PER_SWEEP);
  return isBacklog ? AGAIN_AFTER_MS : undefined;
}
