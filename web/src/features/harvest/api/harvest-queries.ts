import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Harvest } from "#contracts/planning.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

/** Losses move with the prices; while they are on the screen they are read again. */
const REREAD_EVERY_MS = 10_000;

/** As many as the server gives at once. A reader looks at the largest; the totals are of all. */
export const HARVEST_SIZE_MAX = 500;

export interface HarvestFilter {
  readonly term?: "short" | "long" | undefined;
  readonly minLoss?: string | undefined;
}

export const harvestQuery = (portfolioId: string, filter: HarvestFilter) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "harvest", filter],
    queryFn: ({ signal }) =>
      send<Harvest>("GET", `/portfolios/${portfolioId}/harvest`, {
        query: { ...filter, limit: HARVEST_SIZE_MAX },
        signal,
      }),
    refetchInterval: REREAD_EVERY_MS,
    placeholderData: keepPreviousData,
  });
