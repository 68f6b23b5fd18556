import { findPortfolioRow, readProgress, type ProgressRow } from "#adapters/postgres/portfolios.ts";
import { readAsUser, type Db, type Trx } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import { Refusal } from "./errors.ts";

/**
 * Reads something of a portfolio together with how far it is matched, all of one moment.
 * Errors: Refusal portfolio-not-found, also for another user's.
 */
export function readOwnPortfolio<T>(
  db: Db,
  key: { userId: string; portfolioId: string },
  read: (trx: Trx) => Promise<T>,
): Promise<{ read: T; progress: ProgressRow }> {
  return readAsUser(db, key.userId, async (trx) => {
    const row = await findPortfolioRow(trx, { ownerId: key.userId, portfolioId: key.portfolioId });
    if (row === undefined) throw new Refusal("portfolio-not-found");
    const [progress] = await readProgress(trx, [key.portfolioId]);
    invariant(progress !== undefined, "every portfolio has a state");
    return { read: await read(trx), progress };
  });
}
