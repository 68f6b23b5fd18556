import type { FastifyReply, FastifyRequest } from "fastify";
import { readProgress } from "#adapters/postgres/portfolios.ts";
import { readAsUser } from "#adapters/postgres/pool.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";
import type { ApiDependencies } from "./dependencies.ts";

/** Units: milliseconds. */
const WAIT_MAX_MS = 8_000;
export const MIN_SEQUENCE_WAIT_MS = 2_000;
const PAUSED_WAIT_MS = 2_000;
/** Hints can be lost, so the database is asked now and then. */
const ASK_EVERY_MS = 250;

/** Milliseconds that the client is willing to wait. Source: RFC 7240, section 4.3 (`Prefer: wait=SECONDS`). */
export function preferredWaitMs(request: FastifyRequest, reply: FastifyReply): number {
  const header = request.headers["prefer"];
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(String(header ?? ""))?.[1];
  if (seconds === undefined) return 0;
  const waitMs = Math.min(Number(seconds) * 1000, WAIT_MAX_MS);
  void reply.header("preference-applied", `wait=${waitMs / 1000}`);
  return waitMs;
}

/** Resolves when a portfolio's figures have reached a sequence, when time is up, or when the server is about to close. */
export async function untilApplied(
  { db, fanOut, closing }: ApiDependencies,
  goal: { userId: string; portfolioId: string; sequence: number; waitMs: number },
): Promise<void> {
  if (goal.waitMs <= 0) return;
  const began = performance.now();
  let wake = () => {};
  const unsubscribe = await fanOut.subscribe(portfolioChannel(goal.portfolioId), (message) => {
    if ((message as PositionChanged).applied >= goal.sequence) wake();
  });
  try {
    for (;;) {
      const [progress] = await readAsUser(db, goal.userId, (trx) => readProgress(trx, [goal.portfolioId]));
      // What calculation is paused at is tried again at once when it is edited; otherwise there is nothing to wait for.
      const isPaused = typeof progress?.parked_at === "string";
      const patience = isPaused ? Math.min(goal.waitMs, PAUSED_WAIT_MS) : goal.waitMs;
      const left = began + patience - performance.now();
      if (progress === undefined || progress.applied >= goal.sequence || left <= 0) return;
      if (closing?.aborted === true) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(ASK_EVERY_MS, left));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    await unsubscribe();
  }
}
