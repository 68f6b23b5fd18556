import { FreshnessQuery, PositionList } from "#contracts/positions.ts";
import type { Route } from "../../app.ts";
import { MIN_SEQUENCE_WAIT_MS, untilApplied } from "../../freshness.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { isOpen, toPosition, totalsOf, toTotals } from "../../representations/position.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";
import { valueOnePortfolio } from "../../valued-portfolios.ts";

export const listPositions: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/positions",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "List open positions at current prices",
        description:
          "`minSequence` waits up to two seconds until that transaction is matched; `pending` says if something still waits.",
        security: BEARER,
        params: PortfolioParams,
        querystring: FreshnessQuery,
        response: { 200: PositionList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = { userId: callerOf(request).userId, portfolioId: request.params.portfolioId.toLowerCase() };
      const { minSequence } = request.query;
      if (minSequence !== undefined) {
        await untilApplied(dependencies, { ...key, sequence: minSequence, waitMs: MIN_SEQUENCE_WAIT_MS });
      }
      const { portfolio, progress, held } = await valueOnePortfolio(dependencies, key);
      const totals = totalsOf(held, portfolio.base_currency);
      const nowMs = dependencies.now();
      return {
        items: held.filter(isOpen).map((position) => toPosition(position, totals, nowMs)),
        totals: toTotals(held, totals, nowMs),
        sequence: toProgress(progress),
        pending: progress.applied < progress.head || progress.applied < (minSequence ?? 0),
      };
    },
  );
};
