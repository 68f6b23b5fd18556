import { MethodPreview, MethodPreviewInput } from "#contracts/portfolios.ts";
import { previewMethod as preview } from "#use-cases/preview-method.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toMethodPreview } from "../../representations/method-preview.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const previewMethod: Route = (app, { dependencies }) => {
  app.post(
    "/portfolios/:portfolioId/method-preview",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Planning"],
        summary: "See what another lot method would change, without changing it",
        description:
          "Every matched transaction is replayed under both methods. What a change does to other portfolios, by way of lots that were transferred to them, is not told.",
        security: BEARER,
        params: PortfolioParams,
        body: MethodPreviewInput,
        response: { 200: MethodPreview, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { lotMethod } = request.body;
      const previewed = await preview(dependencies.db, {
        userId: callerOf(request).userId,
        portfolioId: request.params.portfolioId.toLowerCase(),
        lotMethod,
      });
      if (!previewed.ok) throw new Refusal(previewed.error);
      return toMethodPreview(previewed.value, lotMethod);
    },
  );
};
