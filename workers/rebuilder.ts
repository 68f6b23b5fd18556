import { databaseErrorKind } from "#adapters/postgres/errors.ts";
import {
  closeFinishedRebuilds,
  failRebuilds,
  listWaitingRebuilds,
  restoreProgress,
} from "#adapters/postgres/rebuilds.ts";
import { openGate } from "#adapters/ports.ts";
import { rebuildPortfolio, type Rebuilt } from "#use-cases/rebuild-portfolio.ts";
import { LongTasksStopped } from "./long-tasks.ts";
import { tellMatched, type BatchDependencies } from "./match-batch.ts";
import { repeat, type Repeating } from "./repeat.ts";

/** Units: milliseconds. */
const LOOK_EVERY_MS = 1_000;
const PORTFOLIOS_PER_LOOK = 20;

/**
 * Rebuilds portfolios that somebody asked for, one after the other, in any number of processes at once. It rests as long
 * as it works, so that what is traded meanwhile goes first; where a portfolio is being matched it goes on to the next.
 */
export function startRebuilder(dependencies: BatchDependencies): Repeating {
  const { gate = openGate } = dependencies;
  return repeat("rebuilding", {
    everyMs: LOOK_EVERY_MS,
    log: dependencies.log,
    task: async (stopping) =>
      gate.pass(() => rebuildWaiting(dependencies, () => gate.isOpen && !stopping.aborted)),
  });
}

/** Returns how long to rest, where that is shorter than usual. */
async function rebuildWaiting(
  dependencies: BatchDependencies,
  mayGoOn: () => boolean,
): Promise<number | undefined> {
  const portfolioIds = await listWaitingRebuilds(dependencies.db, PORTFOLIOS_PER_LOOK);
  if (portfolioIds.length === 0) return undefined;
  const startedAt = performance.now();
  await restoreProgress(dependencies.db, portfolioIds);
  let finished = 0;
  for (const portfolioId of portfolioIds) {
    if (!mayGoOn()) break;
    if (await rebuildOne(dependencies, portfolioId)) finished += 1;
  }
  await closeFinishedRebuilds(dependencies.db);
  return finished === 0 ? undefined : performance.now() - startedAt;
}

/** Whether it is done with, as rebuilt or as failed. */
async function rebuildOne(dependencies: BatchDependencies, portfolioId: string): Promise<boolean> {
  const { db, log } = dependencies;
  try {
    const rebuilt = await rebuild(dependencies, portfolioId);
    if (rebuilt.outcome !== "done") return false;
    const { differences } = rebuilt;
    if (differences > 0)
      log.error({ portfolioId, differences }, "rebuilt, and rows were not as they should be");
    else log.info({ portfolioId }, "rebuilt, nothing was different");
    await tellMatched(dependencies, rebuilt.changes);
    return true;
  } catch (error) {
    if (error instanceof LongTasksStopped) return false;
    if (databaseErrorKind(error) === "transient") throw error;
    log.error({ err: error, portfolioId }, "a portfolio cannot be rebuilt");
    await failRebuilds(
      db,
      portfolioId,
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    );
    return true;
  }
}

async function rebuild({ db, long }: BatchDependencies, portfolioId: string): Promise<Rebuilt> {
  const rebuilt = await rebuildPortfolio(db, portfolioId);
  if (rebuilt.outcome !== "too-long") return rebuilt;
  return long === undefined
    ? rebuildPortfolio(db, portfolioId, { alone: true })
    : long.run("rebuild", portfolioId);
}
