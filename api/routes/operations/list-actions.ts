import { listOperatorActions } from "#adapters/postgres/operators.ts";
import { OperatorActionList, PageQuery } from "#contracts/operations.ts";
import type { Route } from "../../app.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/** What operators did, newest first. */
export const listActions: Route = (app, { dependencies }) => {
  app.get(
    "/operations/actions",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "What operators did",
        security: BEARER,
        querystring: PageQuery,
        response: { 200: OperatorActionList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { cursor, limit = 50 } = request.query;
      const rows = await listOperatorActions(dependencies.operatorDb, { after: decodeCursor(cursor), limit });
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        items: rows.map(({ actor, action, subject, reason, acted_at: actedAt }) => ({
          actor,
          action,
          subject,
          reason,
          actedAt,
        })),
        nextCursor: last === undefined ? null : encodeCursor({ at: last.acted_at, sequence: last.id }),
      };
    },
  );
};
