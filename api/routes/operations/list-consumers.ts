import { listConsumers as list } from "#adapters/postgres/consumer-control.ts";
import { readOutboxDepth } from "#adapters/postgres/outbox-batches.ts";
import { ConsumerList } from "#contracts/operations.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toConsumer } from "../../representations/consumer.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/** What matches and what relays: whether it is paused, by whom and why, and what each process has in hand. */
export const listConsumers: Route = (app, { dependencies: { operatorDb } }) => {
  app.get(
    "/operations/consumers",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Consumers, their pauses and their processes",
        security: BEARER,
        response: { 200: ConsumerList, ...problems(401, 404) },
      },
    },
    async () => {
      const [consumers, outbox] = await Promise.all([list(operatorDb), readOutboxDepth(operatorDb)]);
      return { items: consumers.map(toConsumer), outbox };
    },
  );
};
