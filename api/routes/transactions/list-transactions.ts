import { readTransactionRows } from "#adapters/postgres/transaction-reads.ts";
import { TransactionList, TransactionQuery } from "#contracts/transactions.ts";
import type { Route } from "../../app.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toTransaction } from "../../representations/transaction.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

const LIMIT_DEFAULT = 50;

export const listTransactions: Route = (app, { dependencies }) => {
  app.get(
    "/transactions/portfolio/:portfolioId",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Transactions"],
        summary: "List a portfolio's transactions as they stand",
        security: BEARER,
        params: PortfolioParams,
        querystring: TransactionQuery,
        response: { 200: TransactionList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const { cursor, limit = LIMIT_DEFAULT, order = "newest", symbol, ...filters } = request.query;
      const after = decodeCursor(cursor);
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read: rows } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readTransactionRows(trx, {
          portfolioId,
          ...filters,
          ...(symbol === undefined ? {} : { symbol: symbol.toUpperCase() }),
          ...(after === undefined ? {} : { after }),
          order,
          limit: limit + 1,
        }),
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(toTransaction),
        nextCursor:
          rows.length > limit && last !== undefined
            ? encodeCursor({ at: last.traded_at, sequence: last.order_sequence })
            : null,
      };
    },
  );
};
