import { infiniteQueryOptions } from "@tanstack/react-query";
import type { DisposalList } from "#contracts/positions.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

const PAGE_SIZE = 50;

/** Disposals of a portfolio, or of one symbol in it, newest first, page by page. */
export const disposalsQuery = (portfolioId: string, symbol?: string) =>
  infiniteQueryOptions({
    queryKey: [...portfolioKey(portfolioId), "disposals", symbol ?? "all"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      send<DisposalList>("GET", `/portfolios/${portfolioId}/disposals`, {
        query: { symbol, limit: PAGE_SIZE, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor,
  });
