/*
 * Replays that are too much for one commit.
 *
 * Nobody knows by the news how much work it is: one backdated trade may replay two hundred thousand. So before any
 * history is read it is counted, which costs a look into an index. Replays that are small go into the commit until it is
 * full, and what is left waits for the next one. A portfolio that would not fit into any commit is matched alone
 * (workers/long-tasks.ts), while the others go on.
 */
import type { MatchingKey } from "#adapters/postgres/matching-reads.ts";
import type { Trx } from "#adapters/postgres/pool.ts";
import { countVersions } from "#adapters/postgres/rebuild-reads.ts";
import type { Batch, PlannedWork } from "./gather-work.ts";
import { keyName } from "./match-work.ts";

/** How many versions one commit replays: 50 to 100 ms of this process, and about as much of PostgreSQL. */
export const REPLAYED_PER_COMMIT = 5_000;

/** Portfolios to leave out. Shape: both empty when everything fits. */
export interface Excess {
  /** Fits into no commit with others. */
  readonly tooLong: readonly string[];
  /** Fits into the next one. */
  readonly postponed: readonly string[];
}

/** Returns whose replays do not fit into this commit. */
export async function findExcess(trx: Trx, plan: PlannedWork, batch: Batch): Promise<Excess> {
  const tooLong: string[] = [];
  const postponed: string[] = [];
  let room = REPLAYED_PER_COMMIT;
  for (const [portfolioId, count] of await countReplayed(trx, plan, batch)) {
    if (count > REPLAYED_PER_COMMIT) tooLong.push(portfolioId);
    else if (count > room) postponed.push(portfolioId);
    else room -= count;
  }
  return { tooLong, postponed };
}

/** How many versions are replayed because of each portfolio: of all that hangs together with what it has to replay. */
async function countReplayed(
  trx: Trx,
  { components, rebuilt }: PlannedWork,
  batch: Batch,
): Promise<ReadonlyMap<string, number>> {
  const keys = components.flat().map((key) => ({ ...key, upTo: batch.applied.get(key.portfolioId)! }));
  const counts = new Map(
    (await countVersions(trx, keys, REPLAYED_PER_COMMIT + 1)).map((row) => [
      keyName({ portfolioId: row.portfolio_id, instrumentId: row.instrument_id }),
      row.count,
    ]),
  );
  const replayed = new Map<string, number>();
  for (const component of components) {
    const count = component.reduce((sum, key) => sum + (counts.get(keyName(key)) ?? 0), 0);
    for (const portfolioId of causesOf(component, rebuilt)) {
      replayed.set(portfolioId, (replayed.get(portfolioId) ?? 0) + count);
    }
  }
  return replayed;
}

function causesOf(component: readonly MatchingKey[], rebuilt: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(component.filter((key) => rebuilt.has(keyName(key))).map((key) => key.portfolioId));
}
