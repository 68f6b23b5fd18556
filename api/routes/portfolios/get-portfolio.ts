import { PortfolioWithTotals } from "#contracts/portfolios.ts";
import type { Route } from "../../app.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPortfolioWithTotals } from "../../representations/portfolio-with-totals.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";
import { valueOnePortfolio } from "../../valued-portfolios.ts";

export const getPortfolio: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Read a portfolio with its totals at current prices",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: PortfolioWithTotals, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = { userId: callerOf(request).userId, portfolioId: request.params.portfolioId };
      return toPortfolioWithTotals(await valueOnePortfolio(dependencies, key), dependencies.now());
    },
  );
};
