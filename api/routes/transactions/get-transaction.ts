import { readAsUser } from "#adapters/postgres/pool.ts";
import { findTransactionRow } from "#adapters/postgres/transaction-reads.ts";
import { Transaction } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toTransaction } from "../../representations/transaction.ts";
import { BEARER, problems, TransactionParams } from "../../route-schemas.ts";

export const getTransaction: Route = (app, { dependencies }) => {
  app.get(
    "/transactions/:transactionId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "Read a transaction as it stands",
        security: BEARER,
        params: TransactionParams,
        response: { 200: Transaction, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const row = await readAsUser(dependencies.db, callerOf(request).userId, (trx) =>
        findTransactionRow(trx, request.params.transactionId),
      );
      if (row === undefined) throw new Refusal("transaction-not-found");
      return toTransaction(row);
    },
  );
};
