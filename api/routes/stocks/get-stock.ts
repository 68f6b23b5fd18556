import { Type } from "typebox";
import { SymbolIn } from "#contracts/primitives.ts";
import { StockQuote } from "#contracts/quotes.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { requireCaller } from "../../plugins/authentication.ts";
import { toStockQuote } from "../../representations/quote.ts";
import { BEARER, problems } from "../../route-schemas.ts";

export const getStock: Route = (app, { dependencies }) => {
  app.get(
    "/stocks/:symbol",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Stocks"],
        summary: "Read a quote",
        security: BEARER,
        params: Type.Object({ symbol: SymbolIn }, { additionalProperties: false }),
        response: { 200: StockQuote, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const symbol = request.params.symbol.toUpperCase();
      const quote = (await dependencies.quotes([symbol])).get(symbol);
      if (quote === undefined) throw new Refusal("unknown-symbol", `No price source knows ${symbol}`);
      return toStockQuote(quote, dependencies.now());
    },
  );
};
