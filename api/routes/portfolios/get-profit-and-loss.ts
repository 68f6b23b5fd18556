import { ProfitAndLoss } from "#contracts/positions.ts";
import { add, money, ZERO_MONEY } from "#domain/amounts.ts";
import type { Route } from "../../app.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { toMoney, totalsOf } from "../../representations/position.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";
import { valueOnePortfolio } from "../../valued-portfolios.ts";

/** Income comes with dividends and interest; a ledger of buys and sells has none. */
const NO_INCOME = "0";

export const getProfitAndLoss: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/pnl",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "Realized and unrealized gain per instrument, closed positions included",
        security: BEARER,
        params: PortfolioParams,
        response: { 200: ProfitAndLoss, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolio, progress, held } = await valueOnePortfolio(dependencies, {
        userId: callerOf(request).userId,
        portfolioId: request.params.portfolioId,
      });
      const totals = totalsOf(held, portfolio.base_currency);
      const inBase = held.filter((position) => position.row.currency === portfolio.base_currency);
      const fees = inBase.reduce((sum, position) => add(sum, money(position.row.fees)), ZERO_MONEY);
      return {
        items: held.map(({ symbol, row, valuation }) => ({
          symbol,
          currency: row.currency,
          realizedGain: toMoney(valuation.realizedGain),
          unrealizedGain: valuation.unrealizedGain === undefined ? null : toMoney(valuation.unrealizedGain),
          income: NO_INCOME,
          fees: toMoney(money(row.fees)),
        })),
        totals: {
          currency: portfolio.base_currency,
          realizedGain: toMoney(totals.realizedGain),
          unrealizedGain: toMoney(totals.unrealizedGain),
          income: NO_INCOME,
          fees: toMoney(fees),
          missingRates: [...totals.missingRates],
          unpriced: totals.unpriced,
        },
        sequence: toProgress(progress),
      };
    },
  );
};
