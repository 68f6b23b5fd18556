import { announce } from "#adapters/postgres/ledger.ts";
import {
  findPortfolioRow,
  hasTransfers,
  markPortfolioDeleted,
  readProgress,
  reopenForDeletion,
  updatePortfolioRow,
  type PortfolioRow,
} from "#adapters/postgres/portfolios.ts";
import { asUser, type Db } from "#adapters/postgres/pool.ts";
import type { LotMethod } from "#contracts/portfolios.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

export interface PortfolioChange {
  readonly name: string;
  readonly description?: string;
  readonly lotMethod?: LotMethod;
  readonly allowShort?: boolean;
  readonly trackCash?: boolean;
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
      track_cash: change.trackCash ?? before.track_cash,
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

/**
 * Takes a portfolio out of sight. The splits in it no longer concern its owner's other portfolios.
 * Errors: portfolio-not-found; portfolio-has-transfers, since the figures of another portfolio rest on this one.
 */
export function deletePortfolio(
  db: Db,
  key: { ownerId: string; portfolioId: string },
): Promise<Result<void, "portfolio-not-found" | "portfolio-has-transfers">> {
  return asUser(db, key.ownerId, async (trx) => {
    if ((await findPortfolioRow(trx, key)) === undefined) return refuse("portfolio-not-found");
    if (await hasTransfers(trx, key.portfolioId)) return refuse("portfolio-has-transfers");
    // Before its rows are out of sight.
    await reopenForDeletion(trx, key);
    return (await markPortfolioDeleted(trx, key)) ? ok(undefined) : refuse("portfolio-not-found");
  });
}
