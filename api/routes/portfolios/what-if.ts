import { WhatIf, WhatIfInput } from "#contracts/planning.ts";
import { askWhatIf, type WhatIfProblem } from "#use-cases/ask-what-if.ts";
import type { Route } from "../../app.ts";
import { checkedTransaction } from "../../checked-transaction.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toWhatIf } from "../../representations/what-if.ts";
import { BEARER, PortfolioParams, problems } from "../../route-schemas.ts";

export const whatIf: Route = (app, { dependencies }) => {
  app.post(
    "/portfolios/:portfolioId/what-if",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Planning"],
        summary: "Ask what a sale, or the cover of a short, would come to under each lot method",
        description:
          "Nothing is recorded. It is a sale from the lots that are open now, so it cannot be dated before the position's newest transaction. `lots` count for `specific` only. Recorded transactions that wait to be matched are not in it: `sequence` tells.",
        security: BEARER,
        params: PortfolioParams,
        body: WhatIfInput,
        response: { 200: WhatIf, ...problems(400, 401, 404) },
      },
    },
    async (request) => {
      const { type = "sell", tradedAt, ...trade } = request.body;
      const symbol = trade.symbol.toUpperCase();
      const nowMs = dependencies.now();
      const quote = trade.price === undefined ? (await dependencies.quotes([symbol])).get(symbol) : undefined;
      // Without a quote there is no answer; everything else is checked before that is said.
      const price = trade.price ?? quote?.price ?? "0";
      const checked = checkedTransaction(
        { ...trade, type, price, tradedAt: tradedAt ?? new Date(nowMs).toISOString() },
        { nowMs },
      );
      const asked = await askWhatIf(dependencies.db, {
        userId: callerOf(request).userId,
        portfolioId: request.params.portfolioId.toLowerCase(),
        trade: { ...checked, symbol },
        price: trade.price === undefined ? { from: "quote", currency: quote?.currency } : { from: "user" },
      });
      if (!asked.ok) throw refusalOf(asked.error);
      const shown = { price: checked.price ?? price, priceAsOf: quote?.asOf ?? null };
      return toWhatIf({ ...asked.value, symbol }, shown);
    },
  );
};

function refusalOf(problem: WhatIfProblem): Refusal {
  switch (problem.code) {
    case "portfolio-not-found":
      return new Refusal("portfolio-not-found");
    case "no-quote": {
      const message = `no current price in ${problem.currency} is known: give one`;
      return new Refusal("invalid-request", undefined, [{ path: "/price", code: "required", message }]);
    }
    case "not-after-the-position": {
      const message = `must not be earlier than the position's newest transaction, at ${problem.lastTradedAt}`;
      return new Refusal("invalid-request", undefined, [
        { path: "/tradedAt", code: "not-after-the-position", message },
      ]);
    }
  }
}
