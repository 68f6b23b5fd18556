import { listReconciliations as listRows } from "#adapters/postgres/reconciliations.ts";
import { ReconciliationList } from "#contracts/reconciliations.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toReconciliation } from "../../representations/reconciliation.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const SHOWN_MAX = 50;

export const listReconciliations: Route = (app, { dependencies }) => {
  app.get(
    "/operations/reconciliations",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "The last fifty rounds of reconciliation, newest first",
        security: BEARER,
        response: { 200: ReconciliationList, ...problems(401, 404) },
      },
    },
    async () => ({ items: (await listRows(dependencies.operatorDb, SHOWN_MAX)).map(toReconciliation) }),
  );
};
