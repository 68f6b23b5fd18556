import { readLotRows } from "#adapters/postgres/derived-reads.ts";
import { LotList } from "#contracts/positions.ts";
import type { Route } from "../../app.ts";
import { readOwnPortfolio } from "../../own-portfolio.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toLot } from "../../representations/lot.ts";
import { toProgress } from "../../representations/portfolio.ts";
import { BEARER, PositionParams, problems } from "../../route-schemas.ts";

export const listLots: Route = (app, { dependencies }) => {
  app.get(
    "/portfolios/:portfolioId/positions/:symbol/lots",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Positions"],
        summary: "List the open tax lots of a position, oldest first",
        security: BEARER,
        params: PositionParams,
        response: { 200: LotList, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const symbol = request.params.symbol.toUpperCase();
      const { portfolioId } = request.params;
      const key = { userId: callerOf(request).userId, portfolioId };
      const { read, progress } = await readOwnPortfolio(dependencies.db, key, (trx) =>
        readLotRows(trx, { portfolioId, symbol }),
      );
      const quote = (await dependencies.quotes([symbol])).get(symbol);
      const today = new Date(dependencies.now()).toISOString().slice(0, "YYYY-MM-DD".length);
      return { items: read.map((row) => toLot(row, { quote, today })), sequence: toProgress(progress) };
    },
  );
};
