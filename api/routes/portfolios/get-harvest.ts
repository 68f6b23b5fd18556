import { readLotRows } from "#adapters/postgres/derived-reads.ts";
import { Harvest, HarvestQuery } from "#contracts/planning.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toHarvest } from "../../representations/harvest.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const getHarvest: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/harvest",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Planning"],
        summary: "Find open lots that stand at a loss at current prices",
        description:
          "By currency, the largest loss first; `limit` is for all currencies together. Amounts are in the instrument's currency, before the fees of a sale. Under average cost the term of a loss is not known, and a filter by term leaves it out.",
        security: BEARER,
        params: PortfolioParams,
        querystring: HarvestQuery,
        response: { 200: Harvest, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read: rows, progress } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readLotRows(trx, { portfolioId }),
      );
      const quotes = await dependencies.quotes(rows.map((row) => row.symbol));
      return {
        ...toHarvest(rows, { filters: request.query, quotes, nowMs: dependencies.now() }),
        sequence: toProgress(progress),
      };
    },
  );
};
