import { readAsUser } from "#adapters/postgres/pool.ts";
import { findTransactionRow } from "#adapters/postgres/transaction-reads.ts";
import { Transaction, TransactionEdit } from "#contracts/transactions.ts";
import { editTransaction as edit } from "#use-cases/amend-transaction.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { checkedTransaction } from "../../checked-transaction.ts";
import { preferredWaitMs, untilApplied } from "../../freshness.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toTransaction } from "../../representations/transaction.ts";
import { BEARER, problems, TransactionParams } from "../../route-schemas.ts";

export const editTransaction: Route = (app, { dependencies }) => {
  app.put(
    "/transactions/:transactionId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "Replace a transaction by a new version",
        description:
          "Give `version` as you saw it, to refuse overwriting what was changed meanwhile. While the instant stays, so does " +
          "the local date that the holding period counts from, whatever the offset.",
        security: BEARER,
        params: TransactionParams,
        body: TransactionEdit,
        response: { 200: Transaction, ...problems(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      const { version, ...input } = request.body;
      const { userId } = callerOf(request);
      const { transactionId } = request.params;
      const edited = await edit(dependencies.db, {
        userId,
        transactionId,
        correlationId: request.id,
        ...(version === undefined ? {} : { expectedVersion: version }),
        transaction: checkedTransaction(input, { nowMs: dependencies.now() }),
      });
      if (!edited.ok) throw new Refusal(edited.error);
      await untilApplied(dependencies, {
        userId,
        ...edited.value,
        waitMs: preferredWaitMs(request, reply),
      });
      const row = await readAsUser(dependencies.db, userId, (trx) => findTransactionRow(trx, transactionId));
      if (row === undefined) throw new Refusal("transaction-not-found");
      return toTransaction(row);
    },
  );
};
