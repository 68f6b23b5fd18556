import { findReconciliation } from "#adapters/postgres/reconciliations.ts";
import { Reconciliation, ReconciliationInput } from "#contracts/reconciliations.ts";
import { requestReconciliation } from "#use-cases/request-reconciliation.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { operatorOf, requireOperator } from "../../plugins/operators.ts";
import { toReconciliation } from "../../representations/reconciliation.ts";
import { BEARER, problems } from "../../route-schemas.ts";

export const reconcile: Route = (app, { dependencies }) => {
  app.post(
    "/operations/reconciliations",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Check that everybody's figures add up",
        description: "In the background, some portfolios at a time. It happens by itself every hour.",
        security: BEARER,
        body: ReconciliationInput,
        response: { 202: Reconciliation, ...problems(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      const begun = await requestReconciliation(dependencies.operatorDb, {
        actor: operatorOf(request),
        isFull: request.body.full ?? false,
      });
      if (!begun.ok) throw new Refusal(begun.error);
      const row = await findReconciliation(dependencies.operatorDb, begun.value);
      if (row === undefined) throw new Refusal("not-found");
      return reply
        .status(202)
        .header("location", `/api/v1/operations/reconciliations/${begun.value}`)
        .send(toReconciliation(row));
    },
  );
};
