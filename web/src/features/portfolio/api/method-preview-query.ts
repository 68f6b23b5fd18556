import { queryOptions } from "@tanstack/react-query";
import type { LotMethod, MethodPreview, MethodPreviewInput } from "#contracts/portfolios.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

/** What another lot method would come to. Asked by POST, and yet it changes nothing. */
export const methodPreviewQuery = (portfolioId: string, lotMethod: LotMethod) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "method-preview", lotMethod],
    queryFn: ({ signal }) =>
      send<MethodPreview>("POST", `/portfolios/${portfolioId}/method-preview`, {
        body: { lotMethod } satisfies MethodPreviewInput,
        signal,
      }),
  });

/** The transaction behind a line of the preview, which names it by its id only. */
export const previewedTransactionQuery = (portfolioId: string, transactionId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "previewed-transaction", transactionId],
    queryFn: ({ signal }) => send<Transaction>("GET", `/transactions/${transactionId}`, { signal }),
  });
