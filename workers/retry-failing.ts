import { claimDue, putOff, releaseClaim } from "#adapters/postgres/parking.ts";
import { openGate } from "#adapters/ports.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { isOwnFault, matchToFailure, type MatchedToFailure } from "#use-cases/match-to-failure.ts";
import { LongTasksStopped } from "./long-tasks.ts";
import { tell, tellMatched, type BatchDependencies } from "./match-batch.ts";

const PORTFOLIOS_PER_ROUND = 20;

/**
 * Tries portfolios whose matching failed, each by itself, when their time has come, and parks what fails every time.
 * Errors: throws on faults that are nobody's in particular; what was not tried comes again.
 */
export async function retryFailing(dependencies: BatchDependencies, stopping?: AbortSignal): Promise<void> {
  const { db, gate = openGate } = dependencies;
  for (let round = 0; round < PORTFOLIOS_PER_ROUND; round += 1) {
    if (stopping?.aborted === true || !gate.isOpen) return;
    const portfolioId = await claimDue(db);
    if (portfolioId === undefined) return;
    try {
      await retry(dependencies, portfolioId);
    } catch (error) {
      await releaseClaim(db, portfolioId);
      if (!(error instanceof LongTasksStopped)) throw error;
    }
  }
}

async function retry(dependencies: BatchDependencies, portfolioId: string): Promise<void> {
  const { log } = dependencies;
  const tried = await tryOne(dependencies, portfolioId);
  switch (tried.outcome) {
    case "matched":
      log.info({ portfolioId }, "matched after a failure");
      return;
    case "too-long":
      log.info({ portfolioId }, "so much is to be replayed that it waits to be matched alone");
      return;
    case "put-off":
      log.warn({ err: tried.error, portfolioId }, "matching takes too long, will try again");
      return;
    case "parked": {
      const { blame, parked } = tried;
      const { reason, version, detail } = blame;
      log.error(
        { portfolioId: blame.portfolioId, ...version, reason, detail, parked: parked.length },
        "matching fails, the portfolio is parked",
      );
      const transactions = version && [{ id: version.transactionId, status: "pending", reason }];
      await tell(
        dependencies,
        parked.map((standing) => ({
          ...standing,
          parked: true,
          ...(transactions !== undefined && standing.portfolioId === blame.portfolioId
            ? { transactions }
            : {}),
        })),
      );
    }
  }
}

async function tryOne(dependencies: BatchDependencies, portfolioId: string): Promise<MatchedToFailure> {
  const { db, long } = dependencies;
  const onMatched = (changes: readonly PositionChanged[]) => tellMatched(dependencies, changes);
  const tried = await matchToFailure(db, portfolioId, { onMatched });
  if (tried.outcome !== "too-long") return tried;
  if (long === undefined) return matchToFailure(db, portfolioId, { alone: true, onMatched });
  try {
    const { tried: triedAlone, changes } = await long.run("narrow", portfolioId);
    await tellMatched(dependencies, changes);
    return triedAlone;
  } catch (error) {
    if (error instanceof LongTasksStopped || !isOwnFault(error)) throw error;
    // The thread itself came to an end over it: its memory was not enough.
    await putOff(db, portfolioId);
    return { outcome: "put-off", error };
  }
}
