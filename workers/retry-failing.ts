import { claimDue, releaseClaim } from "#adapters/postgres/parking.ts";
import { matchToFailure } from "#use-cases/match-to-failure.ts";
import type { MatcherDependencies } from "./handlers/match-announced.ts";
import { tell, tellMatched } from "./match-batch.ts";

const PORTFOLIOS_PER_ROUND = 20;

/**
 * Tries portfolios whose matching failed, each by itself, when their time has come, and parks what fails every time.
 * Errors: throws on faults that are nobody's in particular; what was not tried comes again.
 */
export async function retryFailing(dependencies: MatcherDependencies): Promise<void> {
  for (let round = 0; round < PORTFOLIOS_PER_ROUND; round += 1) {
    const portfolioId = await claimDue(dependencies.db);
    if (portfolioId === undefined) return;
    try {
      await retry(dependencies, portfolioId);
    } catch (error) {
      await releaseClaim(dependencies.db, portfolioId);
      throw error;
    }
  }
}

async function retry(dependencies: MatcherDependencies, portfolioId: string): Promise<void> {
  const { db, log } = dependencies;
  const tried = await matchToFailure(db, portfolioId, (changes) => tellMatched(dependencies, changes));
  switch (tried.outcome) {
    case "matched":
      log.info({ portfolioId }, "matched after a failure");
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
          ...(transactions !== undefined && standing.portfolioId === blame.portfolioId
            ? { transactions }
            : {}),
        })),
      );
    }
  }
}
