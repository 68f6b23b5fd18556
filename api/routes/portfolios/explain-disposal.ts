import { Type } from "typebox";
import { DisposalExplanation } from "#contracts/explanations.ts";
import { Uuid } from "#contracts/primitives.ts";
import { explainStoredDisposal, readDisposalToExplain } from "#use-cases/explain-disposal.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toDisposalExplanation } from "../../representations/explanation.ts";
import { unexplained } from "../../representations/explanation-refusal.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const DisposalParams = Type.Object({ portfolioId: Uuid, disposalId: Uuid }, { additionalProperties: false });

export const explainDisposal: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/disposals/:disposalId/explain",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "Explain a realized gain: its lots, their transactions, and the arithmetic",
        description: "Each step's formula, worked out exactly, comes to its result, rounded once.",
        security: BEARER,
        params: DisposalParams,
        response: { 200: DisposalExplanation, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const key = {
        userId: callerOf(request).userId,
        portfolioId: request.params.portfolioId.toLowerCase(),
        disposalId: request.params.disposalId.toLowerCase(),
      };
      const { read, progress } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readDisposalToExplain(trx, key),
      );
      if (!read.ok) throw unexplained(read.error);
      return toDisposalExplanation(explainStoredDisposal(read.value), read.value, toProgress(progress));
    },
  );
};
