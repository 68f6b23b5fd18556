import { PortfolioList } from "#contracts/portfolios.ts";
import type { Route } from "../../app.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPortfolioWithTotals } from "../../representations/portfolio-with-totals.ts";
import { BEARER, problems } from "../../route-schemas.ts";
import { valueAllPortfolios } from "../../valued-portfolios.ts";

export const listPortfolios: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "List portfolios with their totals at current prices",
        security: BEARER,
        response: { 200: PortfolioList, ...problems(401) },
      },
    },
    async (request) => {
      const valued = await valueAllPortfolios(dependencies, callerOf(request).userId);
      const nowMs = dependencies.now();
      return { items: valued.map((portfolio) => toPortfolioWithTotals(portfolio, nowMs)), nextCursor: null };
    },
  );
};
