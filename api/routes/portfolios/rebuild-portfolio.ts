import { findRebuild } from "#adapters/postgres/rebuilds.ts";
import { readAsUser } from "#adapters/postgres/pool.ts";
import { OwnRebuild } from "#contracts/rebuilds.ts";
import { requestOwnRebuild } from "#use-cases/request-rebuild.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toRebuild } from "../../representations/rebuild.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const rebuildPortfolio: Route = (app, { dependencies }) => {
  app.post(
    "/portfolios/:portfolioId/rebuild",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Have a portfolio's figures worked out anew from its transactions",
        description:
          "In the background; the figures stay as they were until all of them are replaced at once. One request at a time, and one a minute.",
        security: BEARER,
        params: PortfolioParams,
        response: { 202: OwnRebuild, ...problems(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      const { userId } = callerOf(request);
      const portfolioId = request.params.portfolioId.toLowerCase();
      const asked = await requestOwnRebuild(dependencies.db, { userId, portfolioId });
      if (!asked.ok) throw new Refusal(asked.error);
      const row = await readAsUser(dependencies.db, userId, (trx) => findRebuild(trx, asked.value));
      if (row === undefined) throw new Refusal("not-found");
      return reply
        .status(202)
        .header("location", `/api/v1/portfolios/${portfolioId}/rebuild`)
        .send(toRebuild(row));
    },
  );
};
