import { Rebuild, RebuildsInput } from "#contracts/rebuilds.ts";
import { requestAnyRebuild } from "#use-cases/request-rebuild.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { operatorOf, requireOperator } from "../../plugins/operators.ts";
import { readRebuild } from "../../read-rebuild.ts";
import { BEARER, problems } from "../../route-schemas.ts";

export const rebuildAll: Route = (app, { dependencies }) => {
  app.post(
    "/operations/rebuilds",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Replace the figures of every portfolio by replays of their ledgers",
        description: "In the background, one portfolio after the other; what is traded meanwhile goes first.",
        security: BEARER,
        body: RebuildsInput,
        response: { 202: Rebuild, ...problems(400, 401, 404) },
      },
    },
    async (request, reply) => {
      const asked = await requestAnyRebuild(dependencies.operatorDb, { actor: operatorOf(request) });
      if (!asked.ok) throw new Refusal(asked.error);
      return reply
        .status(202)
        .header("location", `/api/v1/operations/rebuilds/${asked.value}`)
        .send(await readRebuild(dependencies.operatorDb, asked.value));
    },
  );
};
