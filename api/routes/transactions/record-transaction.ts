import { v7 as uuidv7 } from "uuid";
import { Transaction, TransactionInput } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { checkedTransaction } from "../../checked-transaction.ts";
import { idempotencyOf } from "../../idempotency.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { preferredWaitMs } from "../../freshness.ts";
import { recordAndAnswer } from "../../record-and-answer.ts";
import { BEARER, problems, RecordingHeaders } from "../../route-schemas.ts";

export const recordTransaction: Route = (app, { dependencies }) => {
  app.post(
    "/transactions",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "Record a transaction",
        security: BEARER,
        headers: RecordingHeaders,
        body: TransactionInput,
        response: { 201: Transaction, ...problems(400, 401, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { id = uuidv7(), portfolioId, ...input } = request.body;
      const [transaction] = await recordAndAnswer(dependencies, {
        userId: callerOf(request).userId,
        correlationId: request.id,
        idempotency: idempotencyOf(request),
        waitMs: preferredWaitMs(request, reply),
        transactions: [
          {
            id: id.toLowerCase(),
            portfolio_id: portfolioId.toLowerCase(),
            ...checkedTransaction(input, { nowMs: dependencies.now(), portfolioId }),
          },
        ],
      });
      return reply
        .status(201)
        .header("location", `/api/v1/transactions/${transaction!.id}`)
        .send(transaction!);
    },
  );
};
