import { findPortfolioOwner, readPipeline } from "#adapters/postgres/pipeline-reads.ts";
import { OperatedPipeline } from "#contracts/pipeline.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { toOperatedPipeline } from "../../representations/pipeline.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const getAnyPipeline: Route = (app, { dependencies }) => {
  app.get(
    "/operations/portfolios/:portfolioId/pipeline",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Read where anybody's portfolio stands between what was recorded and its figures",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: OperatedPipeline, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const row = await readPipeline(dependencies.operatorDb, portfolioId);
      const whose = await findPortfolioOwner(dependencies.operatorDb, portfolioId);
      if (row === undefined || whose === undefined) throw new Refusal("portfolio-not-found");
      return toOperatedPipeline(row, whose);
    },
  );
};
