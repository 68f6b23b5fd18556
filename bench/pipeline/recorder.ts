import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { PlannedTrade } from "../setup/portfolios.ts";
import type { StageTotals } from "./stage-times.ts";

/** What the recorder's thread is told when it starts. */
export interface RecorderSetup {
  readonly url: string;
  /** Trades matched so far, counted by the matcher's side. */
  readonly matched: Int32Array;
}

/** Batches to be recorded, each in one call, and how many of them may be waiting for their match. */
export interface RecorderWork {
  readonly batches: readonly PlannedTrade[][];
  readonly unmatchedMax: number;
}

export interface Recorded {
  /** Units: milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  readonly recordMs: number;
  readonly stages: StageTotals;
}

export interface Recorder {
  /** Errors: rejects when a trade is refused, and with whatever else goes wrong in the thread. */
  record(work: RecorderWork): Promise<Recorded>;
  close(): Promise<void>;
}

/** Starts the thread that records. */
export function startRecorder(setup: RecorderSetup): Recorder {
  const thread = new Worker(new URL("recorder-thread.ts", import.meta.url), { workerData: setup });
  return {
    async record(work) {
      const recorded = once(thread, "message");
      thread.postMessage(work);
      return (await recorded)[0] as Recorded;
    },
    async close() {
      const exited = once(thread, "exit");
      thread.postMessage("close");
      await exited;
    },
  };
}
