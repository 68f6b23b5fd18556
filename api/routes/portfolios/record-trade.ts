import { v7 as uuidv7 } from "uuid";
import { TradeInput, Transaction } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { checkedTransaction } from "../../checked-transaction.ts";
import { preferredWaitMs } from "../../freshness.ts";
import { idempotencyOf } from "../../idempotency.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { recordAndAnswer } from "../../record-and-answer.ts";
import { BEARER, PortfolioParams, problems, RecordingHeaders } from "../../route-schemas.ts";

export const recordTrade: Route = (app, { dependencies }) => {
  app.post(
    "/portfolios/:portfolioId/trades",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "Record a trade by signed quantity: positive buys, negative sells",
        description: "Without `tradedAt` it was made now.",
        security: BEARER,
        headers: RecordingHeaders,
        params: PortfolioParams,
        body: TradeInput,
        response: { 201: Transaction, ...problems(400, 401, 404, 422) },
      },
    },
    async (request, reply) => {
      const { qty, tradedAt, ...trade } = request.body;
      const nowMs = dependencies.now();
      const signed = {
        ...trade,
        type: qty.startsWith("-") ? ("sell" as const) : ("buy" as const),
        quantity: qty.replace("-", ""),
        tradedAt: tradedAt ?? new Date(nowMs).toISOString(),
      };
      const [transaction] = await recordAndAnswer(dependencies, {
        userId: callerOf(request).userId,
        correlationId: request.id,
        idempotency: idempotencyOf(request),
        waitMs: preferredWaitMs(request, reply),
        transactions: [
          {
            id: uuidv7(),
            portfolio_id: request.params.portfolioId.toLowerCase(),
            ...checkedTransaction(signed, { nowMs }),
          },
        ],
      });
      return reply.status(201).send(transaction!);
    },
  );
};
