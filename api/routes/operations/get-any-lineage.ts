import { findPortfolioOwner } from "#adapters/postgres/pipeline-reads.ts";
import { atOneMoment } from "#adapters/postgres/rebuild-reads.ts";
import { Lineage, LineageQuery } from "#contracts/lineage.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { requireOperator } from "../../plugins/operators.ts";
import { readLineage } from "../../read-lineage.ts";
import { BEARER, PositionParams, problems } from "../../route-schemas.ts";

export const getAnyLineage: Route = (app, { dependencies }) => {
  app.get(
    "/operations/portfolios/:portfolioId/positions/:symbol/lineage",
    {
      onRequest: requireOperator,
      schema: {
        tags: ["Operations"],
        summary: "Read what made a position of anybody's",
        security: BEARER,
        params: PositionParams,
        querystring: LineageQuery,
        response: { 200: Lineage, ...problems(400, 401, 404) },
      },
    },
    (request) =>
      atOneMoment(dependencies.operatorDb, async (trx) => {
        const whose = await findPortfolioOwner(trx, request.params.portfolioId);
        if (whose === undefined) throw new Refusal("portfolio-not-found");
        return readLineage(trx, request.params, request.query);
      }),
  );
};
