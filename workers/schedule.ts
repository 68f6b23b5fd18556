import type { BatchDependencies } from "./match-batch.ts";
import { startRebuilder } from "./rebuilder.ts";
import { startReconciler } from "./reconciler.ts";
import type { Repeating } from "./repeat.ts";
import { startSweeper } from "./sweeper.ts";

/** Starts everything that a matcher does again and again without being told to. Any number of processes may do so. */
export function startSchedule(
  dependencies: BatchDependencies,
  options: { readonly url: string; readonly reconcileEverySeconds: number },
): Repeating[] {
  const { log, long } = dependencies;
  const { url, reconcileEverySeconds: everySeconds } = options;
  return [
    ...startSweeper(dependencies),
    startRebuilder(dependencies),
    startReconciler({ url, log, everySeconds, ...(long === undefined ? {} : { long }) }),
  ];
}
