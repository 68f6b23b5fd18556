import { readAsUser } from "#adapters/postgres/pool.ts";
import { readVersionRows } from "#adapters/postgres/transaction-reads.ts";
import { TransactionVersions } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toVersion } from "../../representations/transaction.ts";
import { BEARER, problems, TransactionParams } from "../../route-schemas.ts";

export const listVersions: Route = (app, { dependencies }) => {
  app.get(
    "/transactions/:transactionId/versions",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "List every version of a transaction, newest first, also of a withdrawn one",
        security: BEARER,
        params: TransactionParams,
        response: { 200: TransactionVersions, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const rows = await readAsUser(dependencies.db, callerOf(request).userId, (trx) =>
        readVersionRows(trx, request.params.transactionId),
      );
      if (rows.length === 0) throw new Refusal("transaction-not-found");
      return { items: rows.map(toVersion) };
    },
  );
};
