import { readPipeline } from "#adapters/postgres/pipeline-reads.ts";
import { Pipeline } from "#contracts/pipeline.ts";
import { invariant } from "#domain/invariant.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPipeline } from "../../representations/pipeline.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

/** How far a portfolio's figures have followed its ledger, and what holds them up. */
export const getPipeline: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/pipeline",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Read where a portfolio stands between what was recorded and its figures",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: Pipeline, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read } = await readOwnPortfolio(dependencies.db, key, (trx) => readPipeline(trx, portfolioId));
      invariant(read !== undefined, "every portfolio has a state");
      return toPipeline(read);
    },
  );
};
