import { queryOptions } from "@tanstack/react-query";
import type { LotList } from "#contracts/positions.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

/** Lots carry an unrealized gain that moves with the price; while they are on the screen they are read again. */
const REREAD_EVERY_MS = 5_000;

export const lotsQuery = (portfolioId: string, symbol: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "lots", symbol],
    queryFn: ({ signal }) =>
      send<LotList>("GET", `/portfolios/${portfolioId}/positions/${encodeURIComponent(symbol)}/lots`, {
        signal,
      }),
    refetchInterval: REREAD_EVERY_MS,
  });
