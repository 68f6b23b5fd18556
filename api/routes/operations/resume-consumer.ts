import { listConsumers, resumeConsumer as resume } from "#adapters/postgres/consumer-control.ts";
import { Consumer, ConsumerParams } from "#contracts/operations.ts";
import type { Route } from "../../app.ts";
import { operatorOf, requireOperator } from "../../plugins/operators.ts";
import { consumerNamed, toConsumer } from "../../representations/consumer.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/** Lets a paused consumer go on. One that is not paused stays as it is. */
export const resumeConsumer: Route = (app, { dependencies: { operatorDb } }) => {
  app.post(
    "/operations/consumers/:name/resume",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Let a paused consumer go on",
        security: BEARER,
        params: ConsumerParams,
        response: { 200: Consumer, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { name } = consumerNamed(await listConsumers(operatorDb), request.params.name);
      const actor = operatorOf(request);
      const changed = await resume(operatorDb, { name, actor });
      request.log.info({ consumer: name, userId: actor.userId, changed }, "an operator resumes a consumer");
      return toConsumer(consumerNamed(await listConsumers(operatorDb), name));
    },
  );
};
