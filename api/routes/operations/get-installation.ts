import { countPassedOver } from "#adapters/postgres/dead-letter-reads.ts";
import { listSlowest, readInstallation } from "#adapters/postgres/pipeline-reads.ts";
import { InstallationPipeline } from "#contracts/pipeline.ts";
import type { Route } from "../../app.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toInstallationPipeline } from "../../representations/pipeline.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const SLOWEST_SHOWN_MAX = 20;

export const getInstallation: Route = (app, { dependencies }) => {
  app.get(
    "/operations/pipeline",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Read what waits in the whole installation, and for what",
        security: BEARER,
        response: { 200: InstallationPipeline, ...problems(401, 404) },
      },
    },
    async () => {
      const { operatorDb } = dependencies;
      const [row, slowest, passedOver] = await Promise.all([
        readInstallation(operatorDb),
        listSlowest(operatorDb, SLOWEST_SHOWN_MAX),
        countPassedOver(operatorDb),
      ]);
      return toInstallationPipeline(row, { slowest, passedOver });
    },
  );
};
