import type { QueryClient } from "@tanstack/react-query";
import { refreshPortfolio } from "#web/features/portfolios/api/portfolio-queries.ts";
import { onLedgerMoved, onTransactionStatus } from "#web/stream/live.ts";

/** A batch of matches announces itself many times within a moment; the lists are read again once. */
const GATHER_MS = 250;

/** The socket notifies, queries fetch: when a portfolio's ledger moved, what was read about it is read again. */
export function keepQueriesCurrent(client: QueryClient): () => void {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const gather = (portfolioId: string) => {
    waiting.add(portfolioId);
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const id of waiting) void refreshPortfolio(client, id);
      waiting.clear();
    }, GATHER_MS);
  };
  const leave = [onLedgerMoved(gather), onTransactionStatus((message) => gather(message.portfolioId))];
  return () => {
    clearTimeout(timer);
    leave.forEach((unsubscribe) => unsubscribe());
  };
}
