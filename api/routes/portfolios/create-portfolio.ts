import { v7 as uuidv7 } from "uuid";
import { insertPortfolio } from "#adapters/postgres/portfolios.ts";
import { Portfolio, PortfolioInput } from "#contracts/portfolios.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toPortfolio } from "../../representations/portfolio.ts";
import { BEARER, problems } from "../../route-schemas.ts";

const DEFAULT_CURRENCY = "USD";

export const createPortfolio: Route = (app, { dependencies }) => {
  app.post(
    "/portfolios",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Create a portfolio",
        security: BEARER,
        body: PortfolioInput,
        response: { 201: Portfolio, ...problems(400, 401, 409) },
      },
    },
    async (request, reply) => {
      const row = await insertPortfolio(dependencies.db, {
        id: uuidv7(),
        ownerId: callerOf(request).userId,
        name: request.body.name,
        description: request.body.description ?? "",
        baseCurrency: request.body.baseCurrency ?? DEFAULT_CURRENCY,
        lotMethod: request.body.lotMethod ?? "fifo",
        allowShort: request.body.allowShort ?? false,
        trackCash: request.body.trackCash ?? false,
      });
      if (row === undefined) throw new Refusal("too-many-portfolios");
      return reply.status(201).header("location", `/api/v1/portfolios/${row.id}`).send(toPortfolio(row));
    },
  );
};
