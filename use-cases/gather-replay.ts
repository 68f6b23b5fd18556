import {
  readKeys,
  readLinks,
  readPortfolios,
  type KeyLink,
  type LockedPortfolio,
  type MatchingKey,
} from "#adapters/postgres/matching-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { componentsOf, gatherRebuilds, keysTiedIn, linksOf } from "./gather-work.ts";
import { keyName, type Rebuild } from "./match-work.ts";

/** All that is needed to replay some keys of a portfolio up to where they are matched. */
export interface Replay {
  /** The portfolio, and those that transfers tie to it, however far away. */
  readonly portfolios: ReadonlyMap<string, LockedPortfolio>;
  /** Shape: one per group of keys that hang together; each names also the keys of other portfolios. */
  readonly work: readonly Rebuild[];
}

/**
 * Reads what the figures of a portfolio, or of one key of it, follow from, without locks: for those that explain,
 * compare or ask what if. Of one key, the first of `work` is its own. The SQL transaction should be one of repeatable
 * reads.
 */
export async function gatherReplay(trx: Trx, portfolioId: string, only?: MatchingKey): Promise<Replay> {
  const { ids, links } = await readTied(trx, portfolioId);
  const portfolios = new Map(
    (await readPortfolios(trx, ids)).map((portfolio) => [portfolio.portfolio_id, portfolio]),
  );
  const applied = new Map([...portfolios].map(([id, portfolio]) => [id, portfolio.applied_sequence]));
  const neighbours = linksOf({ links, applied });
  const tied = keysTiedIn(links, new Set([portfolioId]));
  const wanted = only === undefined ? [...(await readKeys(trx, [portfolioId])), ...tied] : [only];
  const keys = new Map(wanted.map((key) => [keyName(key), key]));
  return {
    portfolios,
    work: await gatherRebuilds(trx, componentsOf(keys, neighbours), { portfolios, applied }),
  };
}

/** The portfolios that transfers tie to one another, and all ties between them. */
async function readTied(trx: Trx, portfolioId: string): Promise<{ ids: string[]; links: KeyLink[] }> {
  let ids = [portfolioId];
  for (;;) {
    const links = await readLinks(trx, ids);
    const all = new Set([...ids, ...links.flatMap(({ from, to }) => [from.portfolioId, to.portfolioId])]);
    if (all.size === ids.length) return { ids, links };
    ids = [...all];
  }
}
