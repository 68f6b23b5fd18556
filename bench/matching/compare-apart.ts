/*
 * Runs a comparison in a thread of its own. The compiler shapes code by all that it has seen the code do: after another
 * comparison in the same thread the floats of B1 were half as fast as they can be, and looked like no gain over bigints.
 */
import { Worker } from "node:worker_threads";
import type { Round } from "../benchmark.ts";
import type { Workload } from "./compare-matchers.ts";

/** What to compare: the product with which other side, in which of the two ways. */
export interface Comparing {
  readonly way: "rows" | "arithmetic";
  readonly other: "floats" | "decimals";
  readonly workload: Workload;
  readonly rounds: number;
}

/** Shape: trades a second of both sides, one entry a round. Errors: rejects with what the thread throws. */
export function compareApart(comparing: Comparing): Promise<Round[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Round[]>();
  const worker = new Worker(new URL("compare-apart-thread.ts", import.meta.url), { workerData: comparing });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => reject(new Error("the comparison ended without a result")));
  return promise;
}
