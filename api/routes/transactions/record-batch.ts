import { v7 as uuidv7 } from "uuid";
import { BATCH_SIZE_MAX, RecordedBatch, TransactionBatch } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { preferredWaitMs } from "../../freshness.ts";
import { checkedTransaction } from "../../checked-transaction.ts";
import { idempotencyOf } from "../../idempotency.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { recordAndAnswer } from "../../record-and-answer.ts";
import { BEARER, problems, RecordingHeaders } from "../../route-schemas.ts";

/** Units: bytes. Room for BATCH_SIZE_MAX transactions with notes. */
const BODY_LIMIT = 8 * 1024 * 1024;

export const recordBatch: Route = (app, { dependencies }) => {
  app.post(
    "/transactions/batch",
    {
      onRequest: requireCaller,
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ["Transactions"],
        summary: `Record up to ${BATCH_SIZE_MAX} transactions, all or none`,
        security: BEARER,
        headers: RecordingHeaders,
        body: TransactionBatch,
        response: { 201: RecordedBatch, ...problems(400, 401, 404, 409, 413, 422) },
      },
    },
    async (request, reply) => {
      const nowMs = dependencies.now();
      const transactions = request.body.transactions.map(
        ({ id = uuidv7(), portfolioId, ...input }, index) => ({
          id: id.toLowerCase(),
          portfolio_id: portfolioId.toLowerCase(),
          ...checkedTransaction(input, { nowMs, path: `/transactions/${index}`, portfolioId }),
        }),
      );
      refuseRepeatedIds(transactions);
      const items = await recordAndAnswer(dependencies, {
        userId: callerOf(request).userId,
        correlationId: request.id,
        idempotency: idempotencyOf(request),
        waitMs: preferredWaitMs(request, reply),
        transactions,
      });
      return reply.status(201).send({ items });
    },
  );
};

function refuseRepeatedIds(transactions: readonly { id: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { id }] of transactions.entries()) {
    if (seen.has(id)) {
      throw new Refusal("invalid-request", undefined, [
        { path: `/transactions/${index}/id`, code: "repeated", message: "is used twice in this batch" },
      ]);
    }
    seen.add(id);
  }
}
