import { Type } from "typebox";
import { PORTFOLIO_CLOSED_CHANNEL } from "#contracts/events.ts";
import { deletePortfolio as deleteIt } from "#use-cases/change-portfolio.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const deletePortfolio: Route = (app, { dependencies }) => {
  app.delete(
    "/portfolios/:portfolioId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Portfolios"],
        summary: "Delete a portfolio with everything in it",
        security: BEARER,
        params: PortfolioParams,
        response: { 204: Type.Null(), ...problems(400, 401, 404) },
      },
    },
    async (request, reply) => {
      // As it is written in the names of channels.
      const portfolioId = request.params.portfolioId.toLowerCase();
      const ownerId = callerOf(request).userId;
      if (!(await deleteIt(dependencies.db, { ownerId, portfolioId }))) {
        throw new Refusal("portfolio-not-found");
      }
      await dependencies.fanOut.publish(PORTFOLIO_CLOSED_CHANNEL, { portfolioId });
      return reply.status(204).send(null);
    },
  );
};
