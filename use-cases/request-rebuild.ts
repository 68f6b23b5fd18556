import { v7 as uuidv7 } from "uuid";
import { storeOperatorAction, type Actor } from "#adapters/postgres/operators.ts";
import { asUser, type Db } from "#adapters/postgres/pool.ts";
import { findPortfolioRow } from "#adapters/postgres/portfolios.ts";
import { existsPortfolio, isRebuildRecent, requestRebuild } from "#adapters/postgres/rebuilds.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

/** How long an owner waits before asking again. A rebuild can be a minute of computing. Units: seconds. */
const OWNERS_REST_SECONDS = 60;

/**
 * Asks for an own portfolio to be rebuilt. Returns the id of the request.
 * Errors: portfolio-not-found; rebuild-in-progress, also shortly after one of any of the user's portfolios.
 */
export function requestOwnRebuild(
  db: Db,
  key: { readonly userId: string; readonly portfolioId: string },
): Promise<Result<string, "portfolio-not-found" | "rebuild-in-progress">> {
  const { userId, portfolioId } = key;
  return asUser(db, userId, async (trx) => {
    const portfolio = await findPortfolioRow(trx, { ownerId: userId, portfolioId });
    if (portfolio === undefined) return refuse("portfolio-not-found");
    if (await isRebuildRecent(trx, userId, OWNERS_REST_SECONDS)) return refuse("rebuild-in-progress");
    const id = uuidv7();
    await requestRebuild(trx, { id, userId, requestedBy: "its owner", portfolioIds: [portfolioId] });
    return ok(id);
  });
}

/**
 * Asks, as an operator, for a portfolio of anybody's to be rebuilt, or for all. Returns the id of the request.
 * Errors: portfolio-not-found.
 */
export function requestAnyRebuild(
  operatorDb: Db,
  request: { readonly actor: Actor; readonly portfolioId?: string },
): Promise<Result<string, "portfolio-not-found">> {
  const { actor, portfolioId } = request;
  return operatorDb.transaction().execute(async (trx) => {
    if (portfolioId !== undefined && !(await existsPortfolio(trx, portfolioId))) {
      return refuse("portfolio-not-found");
    }
    const id = uuidv7();
    const chosen = portfolioId === undefined ? {} : { portfolioIds: [portfolioId] };
    await requestRebuild(trx, { id, requestedBy: actor.name, ...chosen });
    const subject = portfolioId === undefined ? "all portfolios" : `portfolio ${portfolioId}`;
    await storeOperatorAction(trx, { actor, action: "rebuild", subject });
    return ok(id);
  });
}
