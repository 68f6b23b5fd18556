import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type {
  Transaction,
  TransactionEdit,
  TransactionInput,
  TransactionList,
  TransactionStatus,
  TransactionType,
  TransactionVersions,
} from "#contracts/transactions.ts";
import { portfolioKey } from "#web/features/portfolios/api/portfolio-queries.ts";
import { send } from "#web/http/send.ts";

const PAGE_SIZE = 50;
/** Long enough for the match to be in the answer nearly always; the form waits no longer than this. */
const WAIT_FOR_MATCH = { Prefer: "wait=2" };
const ASK_AGAIN_WHILE_PENDING_MS = 1_000;

export interface TransactionFilter {
  readonly symbol?: string | undefined;
  readonly type?: TransactionType | undefined;
  readonly status?: TransactionStatus | undefined;
}

export const transactionsQuery = (portfolioId: string, filter: TransactionFilter) =>
  infiniteQueryOptions({
    queryKey: [...portfolioKey(portfolioId), "transactions", filter],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      send<TransactionList>("GET", `/transactions/portfolio/${portfolioId}`, {
        query: { ...filter, order: "newest", limit: PAGE_SIZE, cursor: pageParam },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor,
  });

/** One transaction, asked for again until it is matched or rejected. */
export const transactionQuery = (transaction: Transaction) =>
  queryOptions({
    queryKey: [...portfolioKey(transaction.portfolioId), "transaction", transaction.id, transaction.version],
    queryFn: ({ signal }) => send<Transaction>("GET", `/transactions/${transaction.id}`, { signal }),
    initialData: transaction,
    staleTime: ASK_AGAIN_WHILE_PENDING_MS,
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? ASK_AGAIN_WHILE_PENDING_MS : false),
  });

/** One transaction by its id alone. */
export const linkedTransactionQuery = (portfolioId: string, transactionId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "transaction", transactionId],
    queryFn: ({ signal }) => send<Transaction>("GET", `/transactions/${transactionId}`, { signal }),
  });

export const versionsQuery = (portfolioId: string, transactionId: string) =>
  queryOptions({
    queryKey: [...portfolioKey(portfolioId), "versions", transactionId],
    queryFn: ({ signal }) =>
      send<TransactionVersions>("GET", `/transactions/${transactionId}/versions`, { signal }),
  });

/** What opened a lot, as last recorded; it is still told when that was deleted. */
export const lotOpeningQuery = (portfolioId: string, lotId: string) =>
  queryOptions({ ...versionsQuery(portfolioId, lotId), select: ({ items }) => items[0] });

export const getTransaction = (transactionId: string) =>
  send<Transaction>("GET", `/transactions/${transactionId}`);

/** The same key makes a repeated request the same request: a retry after a lost answer records nothing twice. */
export const recordTransaction = (input: TransactionInput, idempotencyKey: string) =>
  send<Transaction>("POST", "/transactions", {
    body: input,
    headers: { ...WAIT_FOR_MATCH, "Idempotency-Key": idempotencyKey },
  });

export const editTransaction = (transactionId: string, edit: TransactionEdit) =>
  send<Transaction>("PUT", `/transactions/${transactionId}`, { body: edit, headers: WAIT_FOR_MATCH });

export const deleteTransaction = (transactionId: string) =>
  send<void>("DELETE", `/transactions/${transactionId}`);
