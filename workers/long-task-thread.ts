import { parentPort, workerData } from "node:worker_threads";
import { sqlState } from "#adapters/postgres/errors.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { silentLogger } from "#adapters/ports.ts";
import type { PositionChanged } from "#contracts/events.ts";
import { invariant } from "#domain/invariant.ts";
import { matchLots } from "#use-cases/match-lots.ts";
import { matchToFailure } from "#use-cases/match-to-failure.ts";
import { rebuildPortfolio } from "#use-cases/rebuild-portfolio.ts";
import type { LongTask, LongTaskAnswer, LongTaskResults } from "./long-tasks.ts";

/* The thread of one long task; see long-tasks.ts. */

/**
 * A history of 200,000 is computed for seconds between two statements, and is read in one statement that takes seconds.
 * A process that hangs in the middle of it keeps its portfolio locked, and nothing else, for as long. Units: milliseconds.
 */
const TIMEOUTS = { idleInTransactionMs: 60_000, statementMs: 60_000, queryMs: 65_000, lockMs: 10_000 };

const { url, kind, portfolioId } = workerData as LongTask & { readonly url: string };
const { db } = openDatabase(url, {
  log: silentLogger,
  applicationName: "lotwise long task",
  connectionsMax: 1,
  timeouts: TIMEOUTS,
});
const tasks: { [Kind in LongTask["kind"]]: (on: Db) => Promise<LongTaskResults[Kind]> } = {
  match: async (on) => (await matchLots(on, [portfolioId], { alone: true })).changes,
  async narrow(on) {
    const changes: PositionChanged[] = [];
    const onMatched = (matched: readonly PositionChanged[]) => void changes.push(...matched);
    return { tried: await matchToFailure(on, portfolioId, { alone: true, onMatched }), changes };
  },
  rebuild: (on) => rebuildPortfolio(on, portfolioId, { alone: true }),
};
parentPort!.postMessage(await answer());
await db.destroy();

async function answer(): Promise<LongTaskAnswer> {
  try {
    return { result: await tasks[kind](db) };
  } catch (error) {
    invariant(error instanceof Error, "only errors are thrown");
    return { error, code: sqlState(error) };
  }
}
