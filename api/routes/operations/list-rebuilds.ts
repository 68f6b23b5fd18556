import { Type } from "typebox";
import { listRebuilds as listIds } from "#adapters/postgres/rebuilds.ts";
import { Rebuild } from "#contracts/rebuilds.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { readRebuild } from "../../read-rebuild.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const SHOWN_MAX = 20;

export const listRebuilds: Route = (app, { dependencies }) => {
  app.get(
    "/operations/rebuilds",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "The last twenty rebuilds, newest first",
        security: BEARER,
        response: { 200: Type.Object({ items: Type.Array(Rebuild) }), ...problems(401, 404) },
      },
    },
    async () => {
      const ids = await listIds(dependencies.operatorDb, SHOWN_MAX);
      return { items: await Promise.all(ids.map((id) => readRebuild(dependencies.operatorDb, id))) };
    },
  );
};
