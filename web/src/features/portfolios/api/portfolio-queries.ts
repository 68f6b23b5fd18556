import { queryOptions, type QueryClient } from "@tanstack/react-query";
import type {
  Portfolio,
  PortfolioInput,
  PortfolioList,
  PortfolioUpdate,
  PortfolioWithTotals,
} from "#contracts/portfolios.ts";
import { send } from "#web/http/send.ts";

/** Everything read about one portfolio sits under this key, so one call makes all of it out of date. */
export const portfolioKey = (portfolioId: string) => ["portfolio", portfolioId] as const;

export const portfoliosQuery = queryOptions({
  queryKey: ["portfolios"],
  queryFn: ({ signal }) => send<PortfolioList>("GET", "/portfolios", { signal }),
});

export const portfolioQuery = (portfolioId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "summary"],
    queryFn: ({ signal }) => send<PortfolioWithTotals>("GET", `/portfolios/${portfolioId}`, { signal }),
  });

export const createPortfolio = (input: PortfolioInput) =>
  send<Portfolio>("POST", "/portfolios", { body: input });

export const updatePortfolio = (portfolioId: string, update: PortfolioUpdate) =>
  send<Portfolio>("PUT", `/portfolios/${portfolioId}`, { body: update });

export const deletePortfolio = (portfolioId: string) => send<void>("DELETE", `/portfolios/${portfolioId}`);

export async function refreshPortfolio(client: QueryClient, portfolioId: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: portfolioKey(portfolioId) }),
    client.invalidateQueries({ queryKey: portfoliosQuery.queryKey }),
  ]);
}
