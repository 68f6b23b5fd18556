import { PositionExplanation } from "#contracts/explanations.ts";
import { explainStoredPosition, readPositionToExplain } from "#use-cases/explain-position.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPositionExplanation } from "../../representations/explanation.ts";
import { unexplained } from "../../representations/explanation-refusal.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, PositionParams, problems } from "../../route-schemas.ts";

export const explainPosition: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/positions/:symbol/explain",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "Explain the cost of a position: its open lots, their transactions, and the arithmetic",
        description: "Each step's formula, worked out exactly, comes to its result, rounded once.",
        security: BEARER,
        params: PositionParams,
        response: { 200: PositionExplanation, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = {
        userId: callerOf(request).userId,
        portfolioId: request.params.portfolioId.toLowerCase(),
        symbol: request.params.symbol.toUpperCase(),
      };
      const { read, progress } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readPositionToExplain(trx, key),
      );
      if (!read.ok) throw unexplained(read.error);
      return toPositionExplanation(explainStoredPosition(read.value), toProgress(progress));
    },
  );
};
