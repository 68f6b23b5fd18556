/*
 * The product's way from a trade to its match, for benchmark B3: one recorder and one matcher, in turns.
 *
 *   record   ONE call of record_transactions for a batch of 500 trades, each a request of its own user, as requests
 *            that arrive together are recorded: authorized one by one, sequenced, stored, announced, committed
 *   match    the matcher's handler over the outbox, batches of up to 500 announcements, until the outbox is empty:
 *            read and lock the announcements, match-lots with everything it does, hints, delete, commit
 *
 * They take turns and do not overlap, although in the product they run beside each other: so each has its own time, and
 * the naive side, which has one connection, is not put at a disadvantage by the second processor.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { inProcessFanOut } from "#adapters/in-process/fan-out.ts";
import { createLogger } from "#adapters/logger.ts";
import { recordRequests } from "#adapters/postgres/ledger.ts";
import { handleBatch } from "#adapters/postgres/outbox.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { matchAnnounced } from "#workers/handlers/match-announced.ts";
import { StageTimes } from "./b3-stages.ts";
import type { BenchDatabase } from "./setup/bench-server.ts";
import type { PlannedTrade } from "./setup/portfolios.ts";

const ANNOUNCEMENTS_MAX = 500;

export interface Pipeline {
  /** Records the batch in one call, and matches until nothing is left to do. */
  process(batch: readonly PlannedTrade[]): Promise<void>;
  /** Milliseconds since the last reset. */
  readonly times: { record: number; match: number; readonly stages: StageTimes };
  reset(): void;
  close(): Promise<void>;
}

export function openPipeline(database: BenchDatabase, folder: string): Pipeline {
  const log = createLogger({
    level: "info",
    name: "bench",
    destination: createWriteStream(join(folder, "lotwise.log"), { flags: "a" }),
  });
  const api = openDatabase(database.apiUrl, { log, applicationName: "bench recorder" });
  const worker = openDatabase(database.workerUrl, { log, applicationName: "bench matcher" });
  const stages = new StageTimes();
  stages.watch(api.pool, "recorder:");
  stages.watch(worker.pool, "matcher: ");
  const times = { record: 0, match: 0, stages };
  const fanOut = inProcessFanOut({ log });
  const handler = matchAnnounced({ db: worker.db, fanOut, log });

  async function record(batch: readonly PlannedTrade[]): Promise<void> {
    const results = await recordRequests(
      api.db,
      batch.map(({ userId, ...entry }) => ({ userId, correlationId: entry.id, entries: [entry] })),
    );
    const refused = results.find((result) => result.outcome !== "recorded");
    if (refused !== undefined) throw new Error(`a trade was not recorded: ${refused.outcome}`);
  }

  async function match(): Promise<void> {
    let handled: number;
    do handled = await handleBatch(worker.db, { handler, batchSizeMax: ANNOUNCEMENTS_MAX });
    while (handled > 0);
  }

  return {
    times,
    async process(batch) {
      const startedAt = performance.now();
      await record(batch);
      const recordedAt = performance.now();
      await match();
      times.record += recordedAt - startedAt;
      times.match += performance.now() - recordedAt;
    },
    reset() {
      times.record = 0;
      times.match = 0;
      stages.reset();
    },
    async close() {
      await Promise.all([api.db.destroy(), worker.db.destroy(), fanOut.close()]);
    },
  };
}
