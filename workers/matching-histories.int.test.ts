import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { silentLogger } from "#adapters/ports.ts";
import { histories, Played, type History } from "#testing/ledger-histories.ts";
import { createTestDatabase, type TestDatabase } from "#testing/test-database.ts";
import { Trader } from "#testing/trader.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { matchPortfolios, type MatcherDependencies } from "./handlers/match-announced.ts";

/*
 * Whatever is done to a ledger, and however it is cut into batches, the figures are those of one replay of everything.
 * Several histories are played at once, so that batches mix portfolios that append with portfolios that rebuild.
 */

const SEEDS = [20_260_101, 20_260_102, 20_260_103, 20_260_104];
const GROUPS_PER_SEED = 5;
const HISTORIES_PER_GROUP = 10;

let database: TestDatabase;
let trader: Trader;
let matcher: MatcherDependencies;
const failures: object[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  trader = await new Trader(database.api).register();
  // A failure would be parked, tried again as a rebuild, and be as good as never happened.
  const log = { ...silentLogger, error: (fields: object) => failures.push(fields) };
  matcher = { db: database.worker, fanOut: inProcessFanOut({ log }), log };
});
afterAll(() => database.drop());

describe.each(SEEDS)("random histories end in the state of a rebuild from scratch (seed %i)", (seed) => {
  const all = fc.sample(histories, { seed, numRuns: GROUPS_PER_SEED * HISTORIES_PER_GROUP });
  const groups = Array.from({ length: GROUPS_PER_SEED }, (_, group) =>
    all.slice(group * HISTORIES_PER_GROUP, (group + 1) * HISTORIES_PER_GROUP),
  );

  test.each([...groups.entries()])("group %i", async (_group, group) => {
    const started = await Promise.all(group.map(start));
    const ids = started.map(({ played }) => played.portfolioId);
    const roundsMax = Math.max(...group.map(({ rounds }) => rounds.length));
    for (let round = 0; round < roundsMax; round += 1) {
      await Promise.all(started.map(({ played, history }) => played.play(history.rounds[round] ?? [])));
      // Every third round is left to the next one; in the others two matchers meet on the same portfolios.
      if (round % 3 < 2) {
        await Promise.all([
          matchPortfolios(matcher, ids),
          matchPortfolios(matcher, ids.slice(3).toReversed()),
        ]);
      }
    }
    await matchPortfolios(matcher, ids);
    const { behind, differences, versions } = await checkRebuild(database.worker, ids);
    const different = started.find(({ played }) => differences[0]?.portfolioId === played.portfolioId);
    expect(differences, `of the history ${JSON.stringify(different?.history)}`).toEqual([]);
    expect(failures).toEqual([]);
    expect(behind).toBe(0);
    expect(versions).toBeGreaterThan(HISTORIES_PER_GROUP * 30);
  });
});

async function start(history: History): Promise<{ played: Played; history: History }> {
  const portfolioId = await trader.portfolio({ allowShort: history.allowShort });
  return { played: new Played(trader, portfolioId), history };
}
