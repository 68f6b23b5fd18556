import { Button } from "@mantine/core";
import { IconFilterOff, IconListDetails, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Transaction, TransactionStatus, TransactionType } from "#contracts/transactions.ts";
import { EmptyPanel, Panel } from "#web/components/panels.tsx";
import type { TransactionFilter } from "#web/features/transactions/api/transaction-queries.ts";
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
  const deletion = useDeletion();
  const [query, setQuery] = useSearchParams();
  const [history, setHistory] = useState<Transaction | undefined>(undefined);
  const filter = filterOf(query);
  const setFilter = (next: TransactionFilter) =>
    setQuery(Object.entries(next).filter((entry): entry is [string, string] => entry[1] !== undefined));

  return (
    <>
      <div style={{ marginBottom: 12 }}>
        <TransactionFilters filter={filter} onChange={setFilter} />
      </div>
      <Panel>
        <TransactionList
          portfolioId={portfolio.id}
          filter={filter}
          onEdit={(edit) => drawer.open({ edit })}
          onHistory={setHistory}
          onDelete={deletion.mutate}
          empty={
            Object.keys(filter).length > 0 ? (
              <NothingMatches onClear={() => setFilter({})} />
            ) : (
              <NoTransactions onRecord={() => drawer.open({ portfolioId: portfolio.id })} />
            )
          }
        />
      </Panel>
      {history === undefined ? null : (
        <VersionHistory transaction={history} onClose={() => setHistory(undefined)} />
      )}
    </>
  );
}

function filterOf(query: URLSearchParams): TransactionFilter {
  const symbol = query.get("symbol");
  const type = query.get("type");
  const status = query.get("status");
  return {
    ...(symbol === null ? {} : { symbol }),
    ...(type === "buy" || type === "sell" ? { type: type satisfies TransactionType } : {}),
    ...(status === "pending" || status === "matched" || status === "rejected"
      ? { status: status satisfies TransactionStatus }
      : {}),
  };
}

const NoTransactions = ({ onRecord }: { onRecord: () => void }) => (
  <EmptyPanel
    icon={<IconListDetails size={24} aria-hidden />}
    title="No transactions yet"
    text="Every purchase and sale that you record appears here, with its status and all its versions."
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
