import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { CashBalances, CashEntryList } from "#contracts/cash.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

const PAGE_SIZE = 50;

export const cashQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "cash", "balances"],
    queryFn: ({ signal }) => send<CashBalances>("GET", `/portfolios/${portfolioId}/cash`, { signal }),
  });

/** Movements of one currency, or of all, newest first, page by page. */
export const cashEntriesQuery = (portfolioId: string, currency: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...portfolioKey(portfolioId), "cash", "entries", currency ?? "all"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      send<CashEntryList>("GET", `/portfolios/${portfolioId}/cash/entries`, {
        query: { currency, limit: PAGE_SIZE, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor,
  });
