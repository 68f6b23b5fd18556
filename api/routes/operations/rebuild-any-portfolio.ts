import { Rebuild } from "#contracts/rebuilds.ts";
import { requestAnyRebuild } from "#use-cases/request-rebuild.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { operatorOf, requireOperator } from "../../plugins/operators.ts";
import { readRebuild } from "../../read-rebuild.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const rebuildAnyPortfolio: Route = (app, { dependencies }) => {
  app.post(
    "/operations/portfolios/:portfolioId/rebuild",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Replace a portfolio's figures by a replay of its ledger",
        description:
          "In the background, while the portfolio is used; its figures stay as they were until all of them are replaced at once.",
        security: BEARER,
        params: PortfolioParams,
        response: { 202: Rebuild, ...problems(400, 401, 404) },
      },
    },
    async (request, reply) => {
      const asked = await requestAnyRebuild(dependencies.operatorDb, {
        actor: operatorOf(request),
        portfolioId: request.params.portfolioId.toLowerCase(),
      });
      if (!asked.ok) throw new Refusal(asked.error);
      return reply
        .status(202)
        .header("location", `/api/v1/operations/rebuilds/${asked.value}`)
        .send(await readRebuild(dependencies.operatorDb, asked.value));
    },
  );
};
