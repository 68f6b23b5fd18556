import { queryOptions } from "@tanstack/react-query";
import type { PositionList } from "#contracts/positions.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

/** The first figures on the screen; the socket's snapshot takes over from them. */
export const positionsQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "positions"],
    queryFn: ({ signal }) => send<PositionList>("GET", `/portfolios/${portfolioId}/positions`, { signal }),
  });
