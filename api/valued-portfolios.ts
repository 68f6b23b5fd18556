import { readPositionRows } from "#adapters/postgres/derived-reads.ts";
import {
  findPortfolioRow,
  listPortfolioRows,
  readProgress,
  type PortfolioRow,
  type ProgressRow,
} from "#adapters/postgres/portfolios.ts";
import { readAsUser, type Trx } from "#adapters/postgres/pool.ts";
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
export async function valueAllPortfolios(
  { db, quotes }: ApiDependencies,
  userId: string,
): Promise<ValuedPortfolio[]> {
  const facts = await readAsUser(db, userId, async (trx) =>
    readFacts(trx, await listPortfolioRows(trx, userId)),
  );
  return valueFacts(facts, quotes);
}

/** Errors: Refusal portfolio-not-found, also for another user's. */
export async function valueOnePortfolio(
  dependencies: ApiDependencies,
  key: { userId: string; portfolioId: string },
): Promise<ValuedPortfolio> {
  const { also: _, ...valued } = await valueOnePortfolioWith(dependencies, key, async () => {});
  return valued;
}

/** The same together with something else of the portfolio, of the same moment. Errors: as valueOnePortfolio. */
export async function valueOnePortfolioWith<T>(
  { db, quotes }: ApiDependencies,
  key: { userId: string; portfolioId: string },
  readAlso: (trx: Trx) => Promise<T>,
): Promise<ValuedPortfolio & { readonly also: T }> {
  const { facts, also } = await readAsUser(db, key.userId, async (trx) => {
    const row = await findPortfolioRow(trx, { ownerId: key.userId, portfolioId: key.portfolioId });
    if (row === undefined) throw new Refusal("portfolio-not-found");
    return { facts: await readFacts(trx, [row]), also: await readAlso(trx) };
  });
  const [valued] = await valueFacts(facts, quotes);
  invariant(valued !== undefined, "one portfolio is valued as one");
  return { ...valued, also };
}

/** What a valuation rests on besides quotes. */
async function readFacts(trx: Trx, portfolios: readonly PortfolioRow[]) {
  const ids = portfolios.map((portfolio) => portfolio.id);
  if (ids.length === 0) return { portfolios, progress: [], positions: [] };
  return {
    portfolios,
    progress: await readProgress(trx, ids),
    positions: await readPositionRows(trx, ids),
  };
}

async function valueFacts(
  read: Awaited<ReturnType<typeof readFacts>>,
  quotes: ApiDependencies["quotes"],
): Promise<ValuedPortfolio[]> {
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
