/*
 * Rebuilding: replaces what is stored of a portfolio by a replay of its ledger, while it is being used.
 *
 * Everything is one SQL transaction that sees one moment: the rows are replayed up to where the portfolio is matched at
 * that moment, compared with what is stored, and only differences are written. Readers see the rows as they were until
 * it commits, and afterwards the new ones, all of them. The expected outcome is that there is nothing to write: figures
 * follow from the ledger. A difference is a defect of ours, or somebody has changed the tables by hand.
 *
 * That it sees one moment matters. A split that is matched in another portfolio between two reads would look like a
 * difference; at one moment the portfolio's rules then say that it is out of date, and it is left to the matcher first.
 * Should somebody else move the portfolio meanwhile, PostgreSQL refuses the lock, and it is tried again.
 */
import {
  lockPortfolios,
  readKeys,
  readLinks,
  type KeyLink,
  type LockedPortfolio,
  type MatchingKey,
} from "#adapters/postgres/matching-reads.ts";
import type { MatchedKey } from "#adapters/postgres/matched-key.ts";
import { advancePortfolios, saveMatchedKeys } from "#adapters/postgres/matching-writes.ts";
import { sqlState } from "#adapters/postgres/errors.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import { countVersions, lockAlone, readStoredKeys } from "#adapters/postgres/rebuild-reads.ts";
import { finishRebuilds } from "#adapters/postgres/rebuilds.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { REPLAYED_PER_COMMIT } from "./find-excess.ts";
import { componentsOf, gatherRebuilds, keysTiedIn, linksOf } from "./gather-work.ts";
import { keyName, matchWork } from "./match-work.ts";
import { VERSIONS_PER_TURN } from "./share-turn.ts";

/**
 * What came of it.
 *   done       what was asked for is done; `differences` are the rows that had to be written or deleted
 *   busy       a matcher has it: to be tried again in a moment
 *   unmatched  its rules changed, or a long backlog is being matched: that comes first
 *   too-long   it is to be rebuilt alone
 */
export type Rebuilt =
  | { readonly outcome: "done"; readonly differences: number; readonly changes: readonly PositionChanged[] }
  | { readonly outcome: "busy" | "unmatched" | "too-long" };

const SERIALIZATION_FAILURE = "40001";

/**
 * Rebuilds one portfolio, with the keys of others that transfers tie to its own, and ends the requests for it.
 * Errors: throws on any fault, having changed nothing.
 */
export async function rebuildPortfolio(
  db: Db,
  portfolioId: string,
  { alone = false }: { readonly alone?: boolean } = {},
): Promise<Rebuilt> {
  try {
    return await db
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute((trx) => rebuildIn(trx, portfolioId, alone));
  } catch (error) {
    if (sqlState(error) === SERIALIZATION_FAILURE) return { outcome: "busy" };
    throw error;
  }
}

async function rebuildIn(trx: Trx, portfolioId: string, alone: boolean): Promise<Rebuilt> {
  if (alone && !(await lockAlone(trx, [portfolioId]))) return { outcome: "busy" };
  const locked = await lockPortfolios(trx, [portfolioId], { skipLocked: true });
  const links = await readLinks(
    trx,
    locked.map((portfolio) => portfolio.portfolio_id),
  );
  const portfolios = new Map(locked.map((portfolio) => [portfolio.portfolio_id, portfolio]));
  if (!portfolios.has(portfolioId) || hasStrangers(portfolios, links)) return { outcome: "busy" };
  if (locked.some(isUnmatched)) return { outcome: "unmatched" };
  const applied = new Map(locked.map((portfolio) => [portfolio.portfolio_id, portfolio.applied_sequence]));
  const own = [
    ...(await readKeys(trx, [portfolioId])),
    ...(await readStoredKeys(trx, portfolioId)),
    ...keysTiedIn(links, new Set([portfolioId])),
  ];
  const keys = new Map(own.map((key) => [keyName(key), key]));
  const components = componentsOf(keys, linksOf({ links, applied }));
  if (!alone && (await isTooLong(trx, components.flat(), applied))) return { outcome: "too-long" };
  const work = await gatherRebuilds(trx, components, { portfolios, applied });
  const matched = work.flatMap(matchWork);
  const { differences } = await saveMatchedKeys(trx, matched);
  const changes = differences === 0 ? [] : await raiseEpochs(trx, portfolios, matched);
  await finishRebuilds(trx, portfolioId, differences);
  return { outcome: "done", differences, changes };
}

function hasStrangers(portfolios: ReadonlyMap<string, LockedPortfolio>, links: readonly KeyLink[]): boolean {
  return links.some(({ from, to }) => !portfolios.has(from.portfolioId) || !portfolios.has(to.portfolioId));
}

/** What is parked does not get any further by waiting: it is rebuilt up to where it stands. */
function isUnmatched(portfolio: LockedPortfolio): boolean {
  if (portfolio.deleted || portfolio.failures > 0) return false;
  const backlog = portfolio.head_sequence - portfolio.applied_sequence;
  return portfolio.rules_version !== portfolio.applied_rules_version || backlog > VERSIONS_PER_TURN;
}

async function isTooLong(
  trx: Trx,
  keys: readonly MatchingKey[],
  applied: ReadonlyMap<string, number>,
): Promise<boolean> {
  const wanted = keys.map((key) => ({ ...key, upTo: applied.get(key.portfolioId)! }));
  const counts = await countVersions(trx, wanted, REPLAYED_PER_COMMIT + 1);
  return counts.reduce((sum, row) => sum + row.count, 0) > REPLAYED_PER_COMMIT;
}

/** Whoever has older figures is to forget them. */
async function raiseEpochs(
  trx: Trx,
  portfolios: ReadonlyMap<string, LockedPortfolio>,
  matched: readonly MatchedKey[],
): Promise<PositionChanged[]> {
  const changed = [...new Set(matched.map((key) => key.portfolioId))].map((id) => portfolios.get(id)!);
  const moved = changed.map((portfolio) => ({
    portfolio,
    applied: portfolio.applied_sequence,
    epoch: portfolio.epoch + 1,
    isAdvanced: false,
  }));
  await advancePortfolios(trx, moved);
  return moved.map(({ portfolio, applied, epoch }) => ({
    portfolioId: portfolio.portfolio_id,
    head: portfolio.head_sequence,
    applied,
    epoch,
  }));
}
