import { readCashTotals } from "#adapters/postgres/derived-reads.ts";
import { ProfitAndLoss } from "#contracts/positions.ts";
import { add, money, ZERO_MONEY } from "#domain/amounts.ts";
import type { Route } from "../../app.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { toMoney, toMoneyOrNull, toMoneyText } from "../../representations/amounts.ts";
import { totalsOf } from "../../representations/position.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";
import { valueOnePortfolioWith } from "../../valued-portfolios.ts";

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
      const key = { userId: callerOf(request).userId, portfolioId: request.params.portfolioId };
      const {
        portfolio,
        progress,
        held,
        also: cash,
      } = await valueOnePortfolioWith(dependencies, key, (trx) => readCashTotals(trx, key.portfolioId));
      const baseCurrency = portfolio.base_currency;
      const totals = totalsOf(held, baseCurrency);
      const beside = cash.find((row) => row.currency === baseCurrency);
      const inBase = held.filter((position) => position.row.currency === baseCurrency);
      const sumOf = (part: (row: (typeof held)[number]["row"]) => string) =>
        toMoney(inBase.reduce((sum, position) => add(sum, money(part(position.row))), ZERO_MONEY));
      const withoutRate = [
        ...totals.missingRates,
        ...held.filter((position) => position.row.income !== "0").map((position) => position.row.currency),
        ...cash.map((row) => row.currency),
      ].filter((currency) => currency !== baseCurrency);
      return {
        items: held.map(({ symbol, row, valuation }) => ({
          symbol,
          currency: row.currency,
          realizedGain: toMoney(valuation.realizedGain),
          unrealizedGain: toMoneyOrNull(valuation.unrealizedGain),
          income: toMoneyText(row.income),
          withheldTax: toMoneyText(row.withheld_tax),
          fees: toMoneyText(row.fees),
        })),
        totals: {
          currency: baseCurrency,
          realizedGain: toMoney(totals.realizedGain),
          unrealizedGain: toMoney(totals.unrealizedGain),
          income: sumOf((row) => row.income),
          interest: toMoneyText(beside?.interest ?? "0"),
          expenses: toMoneyText(beside?.expenses ?? "0"),
          taxes: toMoneyText(beside?.taxes ?? "0"),
          fees: sumOf((row) => row.fees),
          missingRates: [...new Set(withoutRate)].toSorted(),
          unpriced: totals.unpriced,
        },
        sequence: toProgress(progress),
      };
    },
  );
};
