import { Button } from "@mantine/core";
import { IconFilterOff, IconListDetails, IconPlus } from "@tabler/icons-react";
import { useCallback, useState } from "react";
import { TRANSACTION_TYPES } from "#contracts/transaction-fields.ts";
import type { Transaction, TransactionStatus } from "#contracts/transactions.ts";
import { EmptyPanel, Panel } from "#web/components/panels.tsx";
import { useAddress } from "#web/components/use-address.ts";
import type { TransactionFilter } from "#web/features/transactions/api/transaction-queries.ts";
import { AttentionNotice } from "#web/features/transactions/components/attention-notice.tsx";
import { LinkedTransaction } from "#web/features/transactions/components/linked-transaction.tsx";
import { TransactionFilters } from "#web/features/transactions/components/transaction-filters.tsx";
import { TransactionList } from "#web/features/transactions/components/transaction-list.tsx";
import { VersionHistory } from "#web/features/transactions/components/version-history.tsx";
import { useDeletion } from "#web/features/transactions/use-deletion.tsx";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

/** The ledger of a portfolio. Its filters are in the address, so a filtered view can be kept and shared. */
export function TransactionsPage() {
  const portfolio = usePortfolio();
  const drawer = useTransactionDrawer();
  const { mutate: remove } = useDeletion();
  const [query, change] = useAddress();
  const [history, setHistory] = useState<Transaction | undefined>(undefined);
  const edit = useCallback((transaction: Transaction) => drawer.open({ edit: transaction }), [drawer]);
  const filter = filterOf(query);
  const linked = query.get("transaction");
  const setFilter = ({ symbol = null, type = null, status = null }: Filter) =>
    change({ symbol, type, status });
  const isFiltered = Object.keys(filter).length > 0;

  return (
    <>
      {isFiltered ? null : (
        <AttentionNotice portfolioId={portfolio.id} onShow={() => setFilter({ status: "needs-attention" })} />
      )}
      <div style={{ marginBottom: 12 }}>
        <TransactionFilters filter={filter} onChange={setFilter} />
      </div>
      <Panel>
        <TransactionList
          portfolioId={portfolio.id}
          filter={filter}
          onEdit={edit}
          onHistory={setHistory}
          onDelete={remove}
          empty={
            isFiltered ? (
              <NothingMatches onClear={() => setFilter({})} />
            ) : (
              <NoTransactions onRecord={() => drawer.open({ portfolioId: portfolio.id })} />
            )
          }
        />
      </Panel>
      {history === undefined ? null : (
        <VersionHistory
          transaction={history}
          viewedIn={portfolio.id}
          onEdit={edit}
          onClose={() => setHistory(undefined)}
        />
      )}
      {linked === null ? null : (
        <LinkedTransaction
          portfolioId={portfolio.id}
          transactionId={linked}
          onEdit={edit}
          onClose={() => change({ transaction: null }, { replace: true })}
        />
      )}
    </>
  );
}

type Filter = { readonly [Name in keyof TransactionFilter]?: TransactionFilter[Name] | null };

const STATUSES: readonly TransactionStatus[] = ["pending", "matched", "rejected", "needs-attention"];

/** Whatever else an address may say is left out. */
function filterOf(query: URLSearchParams): TransactionFilter {
  const symbol = query.get("symbol");
  const type = TRANSACTION_TYPES.find((candidate) => candidate === query.get("type"));
  const status = STATUSES.find((candidate) => candidate === query.get("status"));
  return {
    ...(symbol === null ? {} : { symbol }),
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { status }),
  };
}

const NoTransactions = ({ onRecord }: { onRecord: () => void }) => (
  <EmptyPanel
    icon={<IconListDetails size={24} aria-hidden />}
    title="No transactions yet"
    text="Everything that you record appears here, trades and dividends, transfers and splits, with its status and all its versions."
    action={
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onRecord}>
        Record a trade
      </Button>
    }
  />
);

const NothingMatches = ({ onClear }: { onClear: () => void }) => (
  <EmptyPanel
    icon={<IconFilterOff size={24} aria-hidden />}
    title="Nothing matches the filter"
    text="There are no transactions of this symbol, type and status."
    action={
      <Button variant="default" onClick={onClear}>
        Clear the filter
      </Button>
    }
  />
);
