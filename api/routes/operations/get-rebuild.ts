import { Type } from "typebox";
import { Uuid } from "#contracts/primitives.ts";
import { Rebuild } from "#contracts/rebuilds.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { readRebuild } from "../../read-rebuild.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const RebuildParams = Type.Object({ rebuildId: Uuid }, { additionalProperties: false });

export const getRebuild: Route = (app, { dependencies }) => {
  app.get(
    "/operations/rebuilds/:rebuildId",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "How far a rebuild has come, and what it found",
        security: BEARER,
        params: RebuildParams,
        response: { 200: Rebuild, ...problems(400, 401, 404) },
      },
    },
    (request) => readRebuild(dependencies.operatorDb, request.params.rebuildId.toLowerCase()),
  );
};
