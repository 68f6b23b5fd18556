/* The thread of `recorder.ts`: what an API node does with requests that arrive together. */
import { parentPort, workerData } from "node:worker_threads";
import { silentLogger } from "#adapters/ports.ts";
import { recordRequests } from "#adapters/postgres/ledger.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import type { PlannedTrade } from "../setup/portfolios.ts";
import type { Recorded, RecorderSetup, RecorderWork } from "./recorder.ts";
import { StageTimes } from "./stage-times.ts";

const { url, matched } = workerData as RecorderSetup;
const { db, pool } = openDatabase(url, { log: silentLogger, applicationName: "bench recorder" });
const stages = new StageTimes();
stages.watch(pool, "recorder:");
const port = parentPort!;

// What fails in here is an unhandled rejection, and with it an "error" event for the other side.
port.on("message", (work: RecorderWork | "close") => void (work === "close" ? close() : recordAll(work)));

async function recordAll({ batches, unmatchedMax }: RecorderWork): Promise<void> {
  stages.reset();
  const matchedBefore = Atomics.load(matched, 0);
  const startedAt = performance.timeOrigin + performance.now();
  let recordMs = 0;
  for (const [index, batch] of batches.entries()) {
    const mustBeMatched = batches.slice(0, Math.max(0, index + 1 - unmatchedMax));
    await untilMatched(mustBeMatched.reduce((sum, { length }) => sum + length, matchedBefore));
    const recordingAt = performance.now();
    await record(batch);
    recordMs += performance.now() - recordingAt;
  }
  port.postMessage({ startedAt, recordMs, stages: stages.totals } satisfies Recorded);
}

async function record(batch: readonly PlannedTrade[]): Promise<void> {
  const results = await recordRequests(
    db,
    batch.map(({ userId, ...entry }) => ({ userId, correlationId: entry.id, entries: [entry] })),
  );
  const refused = results.find((result) => result.outcome !== "recorded");
  if (refused !== undefined) throw new Error(`a trade was not recorded: ${refused.outcome}`);
}

async function untilMatched(trades: number): Promise<void> {
  for (;;) {
    const now = Atomics.load(matched, 0);
    if (now >= trades) return;
    await Atomics.waitAsync(matched, 0, now).value;
  }
}

async function close(): Promise<void> {
  await db.destroy();
  port.close();
}
