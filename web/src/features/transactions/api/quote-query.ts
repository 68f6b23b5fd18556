import { queryOptions } from "@tanstack/react-query";
import type { StockQuote } from "#contracts/quotes.ts";
import { ProblemError } from "#web/http/problem-error.ts";
import { isPassing, send } from "#web/http/send.ts";

const REREAD_EVERY_MS = 5_000;

/** The live quote of a symbol; null where no source knows the symbol. */
export const quoteQuery = (symbol: string) =>
  queryOptions({
    queryKey: ["quote", symbol],
    queryFn: ({ signal }): Promise<StockQuote | null> =>
      send<StockQuote>("GET", `/stocks/${encodeURIComponent(symbol)}`, { signal }).catch((error: unknown) => {
        if (error instanceof ProblemError && error.status === 404) return null;
        throw error;
      }),
    enabled: symbol !== "",
    refetchInterval: ({ state }) => (state.data === null ? false : REREAD_EVERY_MS),
    retry: (failures, error) => failures < 2 && isPassing(error),
  });
