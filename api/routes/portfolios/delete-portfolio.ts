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
        description: "Refused while transfers tie it to another: withdraw them, or archive the portfolio.",
        security: BEARER,
        params: PortfolioParams,
        response: { 204: Type.Null(), ...problems(400, 401, 404, 409) },
      },
    },
    async (request, reply) => {
      // As it is written in the names of channels.
      const portfolioId = request.params.portfolioId.toLowerCase();
      const ownerId = callerOf(request).userId;
      const deleted = await deleteIt(dependencies.db, { ownerId, portfolioId });
      if (!deleted.ok) throw new Refusal(deleted.error);
      await dependencies.fanOut.publish(PORTFOLIO_CLOSED_CHANNEL, { portfolioId });
      return reply.status(204).send(null);
    },
  );
};
