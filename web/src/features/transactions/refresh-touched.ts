import type { QueryClient } from "@tanstack/react-query";
import type { Transaction } from "#contracts/transactions.ts";
import { refreshPortfolio } from "#web/features/portfolios/api/portfolio-queries.ts";

type Placed = Pick<Transaction, "portfolioId" | "toPortfolioId">;

/** Every portfolio that a transaction touches is read again: of a transfer both ends, of an edit also the ends before it. */
export async function refreshTouched(
  client: QueryClient,
  ...versions: readonly (Placed | undefined)[]
): Promise<void> {
  const ids = versions.flatMap((version) =>
    version === undefined ? [] : [version.portfolioId, version.toPortfolioId],
  );
  const touched = [...new Set(ids)].filter((id) => id !== undefined);
  await Promise.all(touched.map((id) => refreshPortfolio(client, id)));
}
