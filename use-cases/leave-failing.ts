import type { KeyLink, LockedPortfolio } from "#adapters/postgres/matching-reads.ts";
import { parkBeside } from "#adapters/postgres/parking.ts";
import type { Trx } from "#adapters/postgres/pool.ts";

/**
 * Divides portfolios with news into those to match now and those whose matching failed, or that are tied to one of these.
 * What is tied to a parked one is parked with it: matched alone it might be refused what is on its way.
 * Shape: `joined` are those of `left` that were not parked before.
 */
export async function leaveFailing(
  trx: Trx,
  batch: {
    readonly ready: readonly LockedPortfolio[];
    readonly locked: readonly LockedPortfolio[];
    readonly links: readonly KeyLink[];
  },
): Promise<{
  portfolios: readonly LockedPortfolio[];
  left: readonly LockedPortfolio[];
  joined: readonly LockedPortfolio[];
}> {
  const { ready, locked, links } = batch;
  const isFailing = (portfolio: LockedPortfolio) => portfolio.failures > 0 && !portfolio.deleted;
  const waiting = new Map(locked.filter(isFailing).map((portfolio) => [portfolio.portfolio_id, portfolio]));
  if (waiting.size === 0) return { portfolios: ready, left: [], joined: [] };
  const reached = reachedFrom(links, (id) => waiting.has(id));
  const blockedBy = ({ portfolio_id: id }: LockedPortfolio) => waiting.get(reached.get(id) ?? id);
  const left = ready.filter((portfolio) => blockedBy(portfolio) !== undefined);
  const joined = left.filter(
    (portfolio) =>
      portfolio.parked_portfolio_id === null && blockedBy(portfolio)!.parked_portfolio_id !== null,
  );
  await parkBeside(
    trx,
    joined.map((portfolio) => ({
      portfolioId: portfolio.portfolio_id,
      parkedId: blockedBy(portfolio)!.portfolio_id,
    })),
  );
  return { portfolios: ready.filter((portfolio) => blockedBy(portfolio) === undefined), left, joined };
}

/** All portfolios that ties lead to from one of the seeds. Shape: by id, the seed; without seeds that nothing ties. */
export function reachedFrom(
  links: readonly KeyLink[],
  isSeed: (portfolioId: string) => boolean,
): ReadonlyMap<string, string> {
  const neighbours = new Map<string, Set<string>>();
  const tie = (from: string, to: string) => {
    const known = neighbours.get(from);
    if (known === undefined) neighbours.set(from, new Set([to]));
    else known.add(to);
  };
  for (const { from, to } of links) {
    tie(from.portfolioId, to.portfolioId);
    tie(to.portfolioId, from.portfolioId);
  }
  const reached = new Map([...neighbours.keys()].filter(isSeed).map((id) => [id, id]));
  // A map goes on over what is added to it on the way.
  for (const [id, seed] of reached) {
    for (const neighbour of neighbours.get(id) ?? []) {
      if (!reached.has(neighbour)) reached.set(neighbour, seed);
    }
  }
  return reached;
}
