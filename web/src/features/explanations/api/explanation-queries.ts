import { queryOptions } from "@tanstack/react-query";
import type { DisposalExplanation, PositionExplanation } from "#contracts/explanations.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

/** Everything behind one realized gain. */
export const disposalExplanationQuery = (portfolioId: string, disposalId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "explanation", "disposal", disposalId],
    queryFn: ({ signal }) =>
      send<DisposalExplanation>("GET", `/portfolios/${portfolioId}/disposals/${disposalId}/explain`, {
        signal,
      }),
  });

/** Everything behind the cost of one position. */
export const positionExplanationQuery = (portfolioId: string, symbol: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "explanation", "position", symbol],
    queryFn: ({ signal }) =>
      send<PositionExplanation>(
        "GET",
        `/portfolios/${portfolioId}/positions/${encodeURIComponent(symbol)}/explain`,
        { signal },
      ),
  });
