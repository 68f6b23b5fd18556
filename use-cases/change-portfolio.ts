import { announce } from "#adapters/postgres/ledger.ts";
import {
  findPortfolioRow,
  markPortfolioDeleted,
  readProgress,
  updatePortfolioRow,
  type PortfolioRow,
} from "#adapters/postgres/portfolios.ts";
import { asUser, type Db } from "#adapters/postgres/pool.ts";

export interface PortfolioChange {
  readonly name: string;
  readonly description?: string;
  readonly lotMethod?: "fifo";
  readonly allowShort?: boolean;
  readonly archived?: boolean;
}

/**
 * Replaces a portfolio's settings; what is not given stays. Where the lots depend on what changed, the matchers are
 * called to match everything anew. Undefined when the user has no such portfolio.
 */
export function changePortfolio(
  db: Db,
  key: { ownerId: string; portfolioId: string; correlationId: string },
  change: PortfolioChange,
): Promise<PortfolioRow | undefined> {
  return asUser(db, key.ownerId, async (trx) => {
    const before = await findPortfolioRow(trx, key);
    if (before === undefined) return undefined;
    const row = await updatePortfolioRow(trx, key, {
      name: change.name,
      description: change.description ?? before.description,
      lot_method: change.lotMethod ?? before.lot_method,
      allow_short: change.allowShort ?? before.allow_short,
      archived: change.archived ?? before.archived,
    });
    const [progress] = await readProgress(trx, [key.portfolioId]);
    if (row !== undefined && progress !== undefined && progress.head > 0) {
      await announce(trx, {
        portfolioId: key.portfolioId,
        sequence: progress.head,
        correlationId: key.correlationId,
      });
    }
    return row;
  });
}

/** Takes a portfolio out of sight. False when the user has no such portfolio. */
export function deletePortfolio(db: Db, key: { ownerId: string; portfolioId: string }): Promise<boolean> {
  return asUser(db, key.ownerId, (trx) => markPortfolioDeleted(trx, key));
}
