import { readCashEntries, type CashEntryRow } from "#adapters/postgres/derived-reads.ts";
import { findPortfolioRow } from "#adapters/postgres/portfolios.ts";
import { CashEntryList, CashEntryQuery, type CashEntry } from "#contracts/cash.ts";
import type { Route } from "../../app.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toMoneyText } from "../../representations/amounts.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

const LIMIT_DEFAULT = 50;

export const listCashEntries: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/cash/entries",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Cash"],
        summary: "List what moved cash, newest first, each with the balance of its currency after it",
        description: "Empty where the portfolio does not track its cash.",
        security: BEARER,
        params: PortfolioParams,
        querystring: CashEntryQuery,
        response: { 200: CashEntryList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const { currency, limit = LIMIT_DEFAULT } = request.query;
      const after = decodeCursor(request.query.cursor);
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read: rows } = await readOwnPortfolio(dependencies.db, key, async (trx) => {
        const portfolio = await findPortfolioRow(trx, { ownerId: key.userId, portfolioId });
        if (portfolio?.track_cash !== true) return [];
        return readCashEntries(trx, {
          portfolioId,
          ...(currency === undefined ? {} : { currency }),
          ...(after === undefined ? {} : { after }),
          limit: limit + 1,
        });
      });
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(toCashEntry),
        nextCursor:
          rows.length > limit && last !== undefined
            ? encodeCursor({ at: last.flowed_at, sequence: last.flowed_sequence })
            : null,
      };
    },
  );
};

function toCashEntry(row: CashEntryRow): CashEntry {
  return {
    transactionId: row.transaction_id,
    portfolioId: row.transaction_portfolio_id,
    type: row.type,
    ...(row.symbol === null ? {} : { symbol: row.symbol }),
    currency: row.currency,
    amount: toMoneyText(row.amount),
    balance: toMoneyText(row.balance),
    tradedAt: row.flowed_at,
  };
}
