import { DeadLetter } from "#contracts/dead-letters.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { readDeadLetter } from "../../read-dead-letter.ts";
import { BEARER, DeadLetterParams, problems } from "../../route-schemas.ts";

export const getDeadLetter: Route = (app, { dependencies }) => {
  app.get(
    "/operations/dead-letters/:deadLetterId",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Read a dead letter with the error, or the bytes, behind it",
        security: BEARER,
        params: DeadLetterParams,
        response: { 200: DeadLetter, ...problems(400, 401, 404) },
      },
    },
    (request) => readDeadLetter(dependencies.operatorDb, request.params.deadLetterId),
  );
};
