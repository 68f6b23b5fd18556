import { StockBatch, SymbolBatch } from "#contracts/quotes.ts";
import type { Route } from "../../app.ts";
import { requireCaller } from "../../plugins/authentication.ts";
import { toStockQuote } from "../../representations/quote.ts";
import { BEARER, problems } from "../../route-schemas.ts";

export const listStocks: Route = (app, { dependencies }) => {
  app.post(
    "/stocks/batch",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Stocks"],
        summary: "Read up to 500 quotes",
        security: BEARER,
        body: SymbolBatch,
        response: { 200: StockBatch, ...problems(400, 401) },
      },
    },
    async (request) => {
      const symbols = [...new Set(request.body.symbols.map((symbol) => symbol.toUpperCase()))];
      const quotes = await dependencies.quotes(symbols);
      const nowMs = dependencies.now();
      return {
        items: symbols.flatMap((symbol) => {
          const quote = quotes.get(symbol);
          return quote === undefined ? [] : [toStockQuote(quote, nowMs)];
        }),
        unknown: symbols.filter((symbol) => !quotes.has(symbol)),
      };
    },
  );
};
