import { DeadLetter, Discarding } from "#contracts/dead-letters.ts";
import { discardDeadLetter as discard } from "#use-cases/discard-dead-letter.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { logAction, operatorOf, requireOperator } from "../../plugins/operators.ts";
import { readDeadLetter } from "../../read-dead-letter.ts";
import { BEARER, DeadLetterParams, problems } from "../../route-schemas.ts";

export const discardDeadLetter: Route = (app, { dependencies }) => {
  app.post(
    "/operations/dead-letters/:deadLetterId/discard",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Put a dead letter away that nothing depends on",
        description:
          "For records that cannot be read, and for what has been replayed. What a portfolio still waits for is never skipped: edit or delete the transaction, or mend what is wrong, and replay.",
        security: BEARER,
        params: DeadLetterParams,
        body: Discarding,
        response: { 200: DeadLetter, ...problems(400, 401, 404, 409) },
      },
    },
    async (request) => {
      const { deadLetterId: id } = request.params;
      const { reason } = request.body;
      logAction(request, { action: "discard-dead-letter", subject: `dead-letter ${id}`, reason });
      const discarded = await discard(dependencies.operatorDb, { id, actor: operatorOf(request), reason });
      if (!discarded.ok) throw new Refusal(discarded.error);
      return readDeadLetter(dependencies.operatorDb, id);
    },
  );
};
