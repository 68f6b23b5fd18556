import { parentPort, workerData } from "node:worker_threads";
import { sqlState } from "#adapters/postgres/errors.ts";
import { openPatientDatabase } from "#adapters/postgres/patient-database.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { invariant } from "#domain/invariant.ts";
import { checkRebuild } from "#use-cases/check-rebuild.ts";
import { matchLots } from "#use-cases/match-lots.ts";
import { rebuildPortfolio } from "#use-cases/rebuild-portfolio.ts";
import type { LongTask, LongTaskAnswer, LongTaskResults } from "./long-tasks.ts";

/* The thread of one long task; see long-tasks.ts. */

const { url, kind, portfolioId } = workerData as LongTask & { readonly url: string };
const db = openPatientDatabase(url, { applicationName: "lotwise long task" });
const tasks: { [Kind in LongTask["kind"]]: (on: Db) => Promise<LongTaskResults[Kind]> } = {
  match: async (on) => (await matchLots(on, [portfolioId], { alone: true })).changes,
  rebuild: (on) => rebuildPortfolio(on, portfolioId, { alone: true }),
  check: async (on) => (await checkRebuild(on, [portfolioId])).differences,
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
