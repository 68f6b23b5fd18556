import { Lineage, LineageQuery } from "#contracts/lineage.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { readLineage } from "../../read-lineage.ts";
import { BEARER, PositionParams, problems } from "../../route-schemas.ts";

/** Where every figure of a position comes from: versions, transactions, lots, disposals. */
export const getLineage: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/positions/:symbol/lineage",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "Read what made a position: each transaction with its versions, its lot, and what closed it",
        security: BEARER,
        params: PositionParams,
        querystring: LineageQuery,
        response: { 200: Lineage, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = { userId: callerOf(request).userId, portfolioId: request.params.portfolioId };
      const { read } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readLineage(trx, request.params, request.query),
      );
      return read;
    },
  );
};
