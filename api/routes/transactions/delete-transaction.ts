import { Type } from "typebox";
import { deleteTransaction as withdraw } from "#use-cases/amend-transaction.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { preferredWaitMs, untilApplied } from "../../freshness.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { BEARER, problems, TransactionParams } from "../../route-schemas.ts";

export const deleteTransaction: Route = (app, { dependencies }) => {
  app.delete(
    "/transactions/:transactionId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "Withdraw a transaction; its versions are kept",
        security: BEARER,
        params: TransactionParams,
        response: { 204: Type.Null(), ...problems(400, 401, 404) },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const withdrawn = await withdraw(dependencies.db, {
        userId,
        transactionId: request.params.transactionId,
        correlationId: request.id,
      });
      if (!withdrawn.ok) throw new Refusal(withdrawn.error);
      await untilApplied(dependencies, {
        userId,
        ...withdrawn.value,
        waitMs: preferredWaitMs(request, reply),
      });
      return reply.status(204).send(null);
    },
  );
};
