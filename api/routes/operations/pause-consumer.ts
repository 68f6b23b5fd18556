import { listConsumers, pauseConsumer as pause } from "#adapters/postgres/consumer-control.ts";
import { Consumer, ConsumerParams, PauseRequest } from "#contracts/operations.ts";
import type { Route } from "../../app.ts";
import { operatorOf, requireOperator } from "../../plugins/operators.ts";
import { consumerNamed, toConsumer } from "../../representations/consumer.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/**
 * Has a consumer take up no more work in the whole installation, until it is resumed. What it has in hand it finishes:
 * `drained` says when that is so. Transactions are recorded as ever, and stay pending.
 */
export const pauseConsumer: Route = (app, { dependencies: { operatorDb } }) => {
  app.post(
    "/operations/consumers/:name/pause",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Pause a consumer, durably",
        security: BEARER,
        params: ConsumerParams,
        body: PauseRequest,
        response: { 200: Consumer, ...problems(400, 401, 404, 413, 415) },
      },
    },
    async (request) => {
      const { name } = consumerNamed(await listConsumers(operatorDb), request.params.name);
      const actor = operatorOf(request);
      const { reason } = request.body;
      const changed = await pause(operatorDb, { name, actor, reason });
      request.log.info(
        { consumer: name, userId: actor.userId, reason, changed },
        "an operator pauses a consumer",
      );
      return toConsumer(consumerNamed(await listConsumers(operatorDb), name));
    },
  );
};
