/*
 * The product's way from a trade to its match, for the benchmarks B3 to B5: one recorder and one matcher.
 *
 *   recorder   in a thread of its own (recorder-thread.ts), as API nodes are processes of their own: one call of
 *              record_transactions a batch, each trade a request of its own user, as requests that arrive together are
 *              recorded: authorized one by one, sequenced, stored, announced, committed
 *   matcher    in this thread: the worker's own roles, started as a worker process starts them: woken by NOTIFY, up to
 *              500 announcements at a time, match-lots with everything it does, hints, the sweeper. With Kafka also the
 *              relay, and announcements come by way of the topic
 *
 * Side by side they both work, and the recorder is at most four batches ahead, so that a batch is not much larger for
 * the matcher than it was recorded. In turns the recorder waits until everything is matched, so that each of them has a
 * time of its own. That a trade is matched is heard as the stream hears it: by the hint that follows the commit.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { openShared } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { createLogger } from "#adapters/logger.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { startRoles } from "#workers/roles.ts";
import type { BenchDatabase } from "../setup/bench-server.ts";
import type { PlannedTrade } from "../setup/portfolios.ts";
import { Progress } from "./progress.ts";
import { startRecorder } from "./recorder.ts";
import { StageTimes } from "./stage-times.ts";

/** How many batches may be recorded and not matched. */
export interface Pace {
  readonly unmatchedMax: number;
}

export const SIDE_BY_SIDE: Pace = { unmatchedMax: 4 };
export const IN_TURNS: Pace = { unmatchedMax: 1 };

export interface Pipeline {
  /** Records the batches, each in one call, and resolves when everything is matched. */
  process(batches: readonly PlannedTrade[][], pace: Pace): Promise<Processed>;
  /** Waits for what is in hand. */
  close(): Promise<void>;
}

export interface Processed {
  readonly trades: number;
  /** From the beginning of the first call to the hint of the last match. */
  readonly ms: number;
  /** Of these, what calls of record_transactions took. */
  readonly recordMs: number;
  /** Processor time of this process, recorder and matcher together. */
  readonly cpuMs: number;
  readonly stages: StageTimes;
}

export async function openPipeline(
  database: BenchDatabase,
  { folder, kafkaBrokers = "" }: { folder: string; kafkaBrokers?: string },
): Promise<Pipeline> {
  const destination = createWriteStream(join(folder, "lotwise.log"), { flags: "a" });
  const log = createLogger({ level: "info", name: "bench", destination });
  const configuration = readConfiguration({ LOTWISE_DATA: folder, KAFKA_BROKERS: kafkaBrokers });
  const shared = openShared(configuration, log);
  const { db, pool } = openDatabase(database.workerUrl, { log, applicationName: "bench matcher" });
  const stages = new StageTimes();
  stages.watch(pool, "matcher: ");
  const progress = await Progress.watch(db, shared.fanOut);
  const recorder = startRecorder({ url: database.apiUrl, matched: progress.matched });
  const matcher = await startRoles(["outbox-relay", "lot-matching"], {
    configuration,
    database: { db, url: database.workerUrl, close: () => db.destroy() },
    shared,
    log,
    onFatal: (error) => progress.fail(error),
  });

  return {
    async process(batches, { unmatchedMax }) {
      stages.reset();
      const trades = batches.reduce((sum, batch) => sum + batch.length, 0);
      const cpuBefore = process.cpuUsage();
      const [recorded, endedAt] = await Promise.all([
        recorder.record({ batches, unmatchedMax }),
        progress.wait(trades),
      ]);
      const cpu = process.cpuUsage(cpuBefore);
      stages.add(recorded.stages);
      return {
        trades,
        ms: endedAt - recorded.startedAt,
        recordMs: recorded.recordMs,
        cpuMs: (cpu.user + cpu.system) / 1000,
        stages,
      };
    },
    async close() {
      await recorder.close();
      await matcher.stop();
      await Promise.all([db.destroy(), shared.close()]);
      destination.end();
    },
  };
}

/** Trades in batches of `size`; the last one may be smaller. */
export function inBatches(trades: readonly PlannedTrade[], size: number): PlannedTrade[][] {
  return Array.from({ length: Math.ceil(trades.length / size) }, (_, index) =>
    trades.slice(index * size, (index + 1) * size),
  );
}
