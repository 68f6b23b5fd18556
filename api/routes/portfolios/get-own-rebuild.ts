import { findRebuild, findRebuildOf } from "#adapters/postgres/rebuilds.ts";
import { OwnRebuild } from "#contracts/rebuilds.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toRebuild } from "../../representations/rebuild.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const getOwnRebuild: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/rebuild",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "How far the last rebuild that you asked for has come",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: OwnRebuild, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = { userId: callerOf(request).userId, portfolioId: request.params.portfolioId.toLowerCase() };
      const { read: row } = await readOwnPortfolio(dependencies.db, key, async (trx) => {
        const id = await findRebuildOf(trx, key.portfolioId);
        return id === undefined ? undefined : findRebuild(trx, id);
      });
      if (row === undefined) throw new Refusal("not-found");
      return toRebuild(row);
    },
  );
};
