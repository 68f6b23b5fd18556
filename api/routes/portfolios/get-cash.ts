import { readCashBalances } from "#adapters/postgres/derived-reads.ts";
import { findPortfolioRow } from "#adapters/postgres/portfolios.ts";
import { CashBalances } from "#contracts/cash.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toMoneyText } from "../../representations/amounts.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const getCash: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/cash",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Cash"],
        summary: "Read the cash balance of each currency",
        description: "Empty where the portfolio does not track its cash.",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: CashBalances, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read, progress } = await readOwnPortfolio(dependencies.db, key, async (trx) => {
        const portfolio = await findPortfolioRow(trx, { ownerId: key.userId, portfolioId });
        const tracked = portfolio?.track_cash ?? false;
        return { tracked, balances: tracked ? await readCashBalances(trx, portfolioId) : [] };
      });
      return {
        tracked: read.tracked,
        items: read.balances.map(({ currency, balance }) => ({ currency, balance: toMoneyText(balance) })),
        sequence: toProgress(progress),
      };
    },
  );
};
