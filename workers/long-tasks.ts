import { Worker } from "node:worker_threads";
import { openGate, type Gate, type Logger } from "#adapters/ports.ts";
import type { PositionChanged } from "#contracts/events.ts";
import type { RebuildDifference } from "#use-cases/check-rebuild.ts";
import type { MatchedToFailure } from "#use-cases/match-to-failure.ts";
import type { Rebuilt } from "#use-cases/rebuild-portfolio.ts";

/*
 * Portfolios with so much to replay that they are matched alone: in a thread of their own, on a connection of their own,
 * in an SQL transaction of their own. Everything that is short goes on beside it; readers see the figures as they were
 * until it commits. A thread, because a hundred thousand transactions are seconds of computing in a row, in which this
 * process would answer nobody, and because a history that is too large for its memory then ends the thread alone.
 *
 * What is killed half-way is rolled back. Nobody needs to remember it: the portfolio is behind, and the sweeper finds it.
 */

/** What a thread is given to do. */
export interface LongTask {
  readonly kind: "match" | "narrow" | "rebuild" | "check";
  readonly portfolioId: string;
}

/** What it answers. */
export interface LongTaskResults {
  readonly match: readonly PositionChanged[];
  readonly narrow: { readonly tried: MatchedToFailure; readonly changes: readonly PositionChanged[] };
  readonly rebuild: Rebuilt;
  readonly check: readonly RebuildDifference[];
}

/** How it answers. An error loses its class on the way; `code` is its SQLSTATE, where it has one. */
export type LongTaskAnswer =
  { readonly result: unknown } | { readonly error: Error; readonly code: string | undefined };

export interface LongTasks {
  /** Portfolios that wait to be matched alone, or are. */
  readonly portfolioIds: ReadonlySet<string>;
  /**
   * Resolves with what came of it. Tasks run one after the other, matching first.
   * Errors: rejects with what went wrong in the thread, and with LongTasksStopped.
   */
  run<Kind extends LongTask["kind"]>(kind: Kind, portfolioId: string): Promise<LongTaskResults[Kind]>;
  /** Gives up what is in hand, which is rolled back. */
  stop(): Promise<void>;
}

/** Units: MB. 200,000 transactions take some 700. */
const HEAP_MAX = 2_048;

/** One at a time: a second one would take the processor from everything that is short. */
export function startLongTasks({
  url,
  gate = openGate,
  log,
}: {
  readonly url: string;
  /** Closed: no task is taken on, as if it had been stopped. */
  readonly gate?: Gate;
  readonly log: Logger;
}): LongTasks {
  const waiting: Waiting[] = [];
  let inHand: Waiting | undefined;
  let thread: Worker | undefined;
  const stopping = new AbortController();

  async function work(): Promise<void> {
    while (inHand === undefined && !stopping.signal.aborted) {
      const next = waiting.findIndex(({ task }) => task.kind === "match");
      [inHand] = waiting.splice(Math.max(next, 0), 1);
      if (inHand === undefined) return;
      const { task, resolve, reject } = inHand;
      const startedAt = performance.now();
      try {
        thread = openThread({ url, ...task });
        resolve(await answerOf(thread));
        const seconds = Math.round(performance.now() - startedAt) / 1_000;
        log.info({ ...task, seconds }, "a long task is done");
      } catch (error) {
        reject(stopping.signal.aborted ? new LongTasksStopped() : error);
      } finally {
        await thread?.terminate();
        inHand = undefined;
      }
    }
  }

  return {
    get portfolioIds() {
      const all = inHand === undefined ? waiting : [inHand, ...waiting];
      return new Set(all.flatMap(({ task }) => (task.kind === "match" ? [task.portfolioId] : [])));
    },
    run(kind, portfolioId) {
      if (stopping.signal.aborted) return Promise.reject(new LongTasksStopped());
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      const done = gate.pass(() => {
        waiting.push({ task: { kind, portfolioId }, resolve: resolve as (result: unknown) => void, reject });
        void work();
        return promise;
      });
      return done ?? Promise.reject(new LongTasksStopped());
    },
    async stop() {
      stopping.abort();
      for (const { reject } of waiting.splice(0)) reject(new LongTasksStopped());
      await thread?.terminate();
    },
  };
}

/** It was given up because the process ends: nothing is wrong with the portfolio. */
export class LongTasksStopped extends Error {
  constructor() {
    super("long tasks are stopped");
  }
}

interface Waiting {
  readonly task: LongTask;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

function openThread(workerData: LongTask & { readonly url: string }): Worker {
  return new Worker(new URL("long-task-thread.ts", import.meta.url), {
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX },
  });
}

function answerOf(thread: Worker): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  thread.once("message", (answer: LongTaskAnswer) => {
    if ("result" in answer) resolve(answer.result);
    else reject(Object.assign(answer.error, { code: answer.code }));
  });
  thread.once("error", reject);
  thread.once("exit", () => reject(new Error("the thread ended without an answer")));
  return promise;
}
