import { Portfolio, PortfolioUpdate } from "#contracts/portfolios.ts";
import { changePortfolio } from "#use-cases/change-portfolio.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPortfolio } from "../../representations/portfolio.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const updatePortfolio: Route = (app, { dependencies }) => {
  app.put(
    "/portfolios/:portfolioId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Change a portfolio's name and settings",
        description: "Another lot method, short selling or tracking of cash matches every transaction anew.",
        security: BEARER,
        params: PortfolioParams,
        body: PortfolioUpdate,
        response: { 200: Portfolio, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const row = await changePortfolio(
        dependencies.db,
        {
          ownerId: callerOf(request).userId,
          portfolioId: request.params.portfolioId,
          correlationId: request.id,
        },
        request.body,
      );
      if (row === undefined) throw new Refusal("portfolio-not-found");
      return toPortfolio(row);
    },
  );
};
