import { Type } from "typebox";
import { readDisposalRows, readSliceRows } from "#adapters/postgres/derived-reads.ts";
import { DisposalList } from "#contracts/positions.ts";
import { SymbolIn } from "#contracts/primitives.ts";
import type { Route } from "../../app.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toDisposal } from "../../representations/lot.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

const DisposalQuery = Type.Object(
  {
    symbol: Type.Optional(SymbolIn),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
const LIMIT_DEFAULT = 50;

export const listDisposals: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/disposals",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "List realized gains, newest first, each with the lot slices that made it",
        security: BEARER,
        params: PortfolioParams,
        querystring: DisposalQuery,
        response: { 200: DisposalList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { portfolioId } = request.params;
      const { symbol, limit = LIMIT_DEFAULT } = request.query;
      const after = decodeCursor(request.query.cursor);
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read, progress } = await readOwnPortfolio(dependencies.db, key, async (trx) => {
        const rows = await readDisposalRows(trx, {
          portfolioId,
          ...(symbol === undefined ? {} : { symbol: symbol.toUpperCase() }),
          ...(after === undefined ? {} : { after }),
          limit: limit + 1,
        });
        const page = rows.slice(0, limit);
        const transactionIds = page.map((row) => row.transaction_id);
        const slices = await readSliceRows(trx, { portfolioId, transactionIds });
        return { page, slices, more: rows.length > limit };
      });
      const slices = Map.groupBy(read.slices, (slice) => slice.transaction_id);
      const last = read.page.at(-1);
      return {
        items: read.page.map((row) => toDisposal(row, slices.get(row.transaction_id) ?? [])),
        nextCursor:
          read.more && last !== undefined
            ? encodeCursor({ at: last.disposed_at, sequence: last.disposed_sequence })
            : null,
        sequence: toProgress(progress),
      };
    },
  );
};
