import { Type } from "typebox";
import { findReconciliation, listFindings } from "#adapters/postgres/reconciliations.ts";
import { Uuid } from "#contracts/primitives.ts";
import { ReconciliationWithFindings } from "#contracts/reconciliations.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toReconciliationWithFindings } from "../../representations/reconciliation.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const ReconciliationParams = Type.Object({ reconciliationId: Uuid }, { additionalProperties: false });
const FINDINGS_SHOWN_MAX = 200;

export const getReconciliation: Route = (app, { dependencies }) => {
  app.get(
    "/operations/reconciliations/:reconciliationId",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "How far a round of reconciliation has come, and what it found",
        security: BEARER,
        params: ReconciliationParams,
        response: { 200: ReconciliationWithFindings, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const id = request.params.reconciliationId.toLowerCase();
      const row = await findReconciliation(dependencies.operatorDb, id);
      if (row === undefined) throw new Refusal("not-found");
      const findings = await listFindings(dependencies.operatorDb, id, FINDINGS_SHOWN_MAX);
      return toReconciliationWithFindings(row, findings);
    },
  );
};
