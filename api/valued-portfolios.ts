import { readPositionRows } from "#adapters/postgres/derived-reads.ts";
import {
  findPortfolioRow,
  listPortfolioRows,
  readProgress,
  type PortfolioRow,
  type ProgressRow,
} from "#adapters/postgres/portfolios.ts";
import { readAsUser } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { Refusal } from "./errors.ts";
import { hold, type Held } from "./representations/position.ts";

/** A portfolio as it stood at one moment, valued at the quotes that were to be had. */
export interface ValuedPortfolio {
  readonly portfolio: PortfolioRow;
  readonly progress: ProgressRow;
  readonly held: readonly Held[];
}

/** All portfolios of a user, oldest first. */
export function valueAllPortfolios(
  dependencies: ApiDependencies,
  userId: string,
): Promise<ValuedPortfolio[]> {
  return value(dependencies, userId, (trx) => listPortfolioRows(trx, userId));
}

/** Errors: Refusal portfolio-not-found, also for another user's. */
export async function valueOnePortfolio(
  dependencies: ApiDependencies,
  key: { userId: string; portfolioId: string },
): Promise<ValuedPortfolio> {
  const [valued] = await value(dependencies, key.userId, async (trx) => {
    const row = await findPortfolioRow(trx, { ownerId: key.userId, portfolioId: key.portfolioId });
    return row === undefined ? [] : [row];
  });
  if (valued === undefined) throw new Refusal("portfolio-not-found");
  return valued;
}

async function value(
  { db, quotes }: ApiDependencies,
  userId: string,
  readPortfolios: (trx: Parameters<typeof listPortfolioRows>[0]) => Promise<PortfolioRow[]>,
): Promise<ValuedPortfolio[]> {
  const read = await readAsUser(db, userId, async (trx) => {
    const portfolios = await readPortfolios(trx);
    const ids = portfolios.map((portfolio) => portfolio.id);
    if (ids.length === 0) return { portfolios, progress: [], positions: [] };
    return {
      portfolios,
      progress: await readProgress(trx, ids),
      positions: await readPositionRows(trx, ids),
    };
  });
  const prices = await quotes(read.positions.filter((row) => row.quantity !== "0").map((row) => row.symbol));
  const positions = Map.groupBy(read.positions, (row) => row.portfolio_id);
  const progress = new Map(read.progress.map((row) => [row.portfolio_id, row]));
  return read.portfolios.map((portfolio) => {
    const at = progress.get(portfolio.id);
    invariant(at !== undefined, "every portfolio has a state");
    return {
      portfolio,
      progress: at,
      held: (positions.get(portfolio.id) ?? []).map((row) => hold(row, prices.get(row.symbol))),
    };
  });
}
