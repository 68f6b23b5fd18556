import { setTimeout as delay } from "node:timers/promises";
import { findBlocking } from "#adapters/postgres/dead-letter-reads.ts";
import { readPipeline } from "#adapters/postgres/pipeline-reads.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { Replayed, type DeadLetter } from "#contracts/dead-letters.ts";
import { replayDeadLetter as replay } from "#use-cases/replay-dead-letter.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { logAction, operatorOf, requireOperator } from "../../plugins/operators.ts";
import { readDeadLetter } from "../../read-dead-letter.ts";
import { toDeadLetterSummary } from "../../representations/dead-letter.ts";
import { BEARER, DeadLetterParams, problems } from "../../route-schemas.ts";

/** A matcher looks for what is due every second, and an attempt takes some more. Units: milliseconds. */
const WAIT_MAX_MS = 8_000;
const LOOK_EVERY_MS = 200;

/** Tries what a dead letter tells of once more, and says what came of it. */
export const replayDeadLetter: Route = (app, { dependencies }) => {
  app.post(
    "/operations/dead-letters/:deadLetterId/replay",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Try a dead letter once more, at once",
        description:
          "A matcher takes the portfolio up where it stands and matches everything in order; nothing is skipped. `waiting` says that none did within 8 seconds: it is done as soon as one runs.",
        security: BEARER,
        params: DeadLetterParams,
        response: { 200: Replayed, ...problems(400, 401, 404, 409) },
      },
    },
    async (request) => {
      const { operatorDb } = dependencies;
      const { deadLetterId: id } = request.params;
      const before = await readDeadLetter(operatorDb, id);
      logAction(request, { action: "replay-dead-letter", subject: `dead-letter ${id}` });
      const asked = await replay(operatorDb, { id, actor: operatorOf(request) });
      if (!asked.ok) throw new Refusal(asked.error);
      const after = await untilTried(operatorDb, before);
      const next =
        after.state === "open" || after.portfolioId === null
          ? undefined
          : await findBlocking(operatorDb, after.portfolioId);
      return {
        outcome: outcomeOf(before, after),
        deadLetter: after,
        next: next === undefined ? null : toDeadLetterSummary(next),
      };
    },
  );
};

async function untilTried(operatorDb: Db, before: DeadLetter): Promise<DeadLetter> {
  const deadline = performance.now() + WAIT_MAX_MS;
  for (;;) {
    const after = await readDeadLetter(operatorDb, before.id);
    const isTried = outcomeOf(before, after) !== "waiting" && (await isSettled(operatorDb, after));
    if (isTried || performance.now() > deadline) return after;
    await delay(LOOK_EVERY_MS);
  }
}

/** Behind what was to blame there may be more: it is matched to its end, or stands still again. */
async function isSettled(operatorDb: Db, { state, portfolioId }: DeadLetter): Promise<boolean> {
  if (state === "open" || portfolioId === null) return true;
  const pipeline = await readPipeline(operatorDb, portfolioId);
  return pipeline === undefined || pipeline.parked_at !== null || pipeline.applied === pipeline.head;
}

function outcomeOf(before: DeadLetter, after: DeadLetter): Replayed["outcome"] {
  if (after.state !== "open") return "replayed";
  return after.attempts > before.attempts ? "failed-again" : "waiting";
}
