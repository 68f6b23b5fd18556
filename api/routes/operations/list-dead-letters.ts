import { countPassedOver, listDeadLetters as listRows } from "#adapters/postgres/dead-letter-reads.ts";
import { DeadLetterList, DeadLetterQuery } from "#contracts/dead-letters.ts";
import type { Route } from "../../app.ts";
import { decodeIdCursor, encodeIdCursor } from "../../cursor.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toDeadLetterSummary } from "../../representations/dead-letter.ts";
import { BEARER, problems } from "../../route-schemas.ts";

export const listDeadLetters: Route = (app, { dependencies }) => {
  app.get(
    "/operations/dead-letters",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "List what could not be matched or read, newest first",
        security: BEARER,
        querystring: DeadLetterQuery,
        response: { 200: DeadLetterList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { operatorDb } = dependencies;
      const { state, cursor, limit = 50 } = request.query;
      const rows = await listRows(operatorDb, { state, after: decodeIdCursor(cursor), limit });
      return {
        items: rows.map(toDeadLetterSummary),
        nextCursor: rows.length === limit ? encodeIdCursor(rows.at(-1)!.id) : null,
        passedOver: await countPassedOver(operatorDb),
      };
    },
  );
};
