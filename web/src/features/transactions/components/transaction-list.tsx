import { Button, ScrollArea, Skeleton, Table, VisuallyHidden } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { transactionsQuery, type TransactionFilter } from "../api/transaction-queries.ts";
import { TransactionCard } from "./transaction-card.tsx";
import type { TransactionActionHandlers } from "./transaction-menu.tsx";
import { TransactionRow } from "./transaction-row.tsx";
import classes from "./transactions.module.css";

interface TransactionListProps extends TransactionActionHandlers {
  readonly portfolioId: string;
  readonly filter: TransactionFilter;
  readonly empty: ReactNode;
}

export function TransactionList({ portfolioId, filter, empty, ...handlers }: TransactionListProps) {
  const transactions = useInfiniteQuery(transactionsQuery(portfolioId, filter));
  if (transactions.isError && transactions.data === undefined) {
    return (
      <ErrorPanel
        error={transactions.error}
        what="the transactions"
        retry={() => void transactions.refetch()}
      />
    );
  }
  if (transactions.isPending) return <TransactionsSkeleton />;
  const items = transactions.data?.pages.flatMap((page) => page.items) ?? [];
  if (items.length === 0) return empty;
  return (
    <>
      <Rows items={items} {...handlers} />
      {transactions.hasNextPage ? (
        <div className={classes["more"]}>
          <Button
            variant="default"
            size="xs"
            loading={transactions.isFetchingNextPage}
            onClick={() => void transactions.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Rows({ items, ...handlers }: { items: readonly Transaction[] } & TransactionActionHandlers) {
  const narrow = useNarrow();
  if (narrow) {
    return (
      <ul className={classes["cards"]} aria-label="Transactions">
        {items.map((transaction) => (
          <TransactionCard key={transaction.id} transaction={transaction} {...handlers} />
        ))}
      </ul>
    );
  }
  // One currency is said once, in the headings; several are said row by row.
  const currencies = new Set(items.map(({ currency }) => currency));
  const currency = currencies.size === 1 ? items[0]?.currency : undefined;
  return (
    <ScrollArea.Autosize type="auto">
      <Table className={classes["table"] ?? ""} horizontalSpacing="md" aria-label="Transactions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Date</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Symbol</Table.Th>
            <Table.Th>Quantity</Table.Th>
            <AmountHeading label="Price" currency={currency} />
            <AmountHeading label="Fees" currency={currency} />
            <AmountHeading label="Total" currency={currency} />
            <Table.Th>Status</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((transaction) => (
            <TransactionRow
              key={transaction.id}
              transaction={transaction}
              withCurrency={currency === undefined}
              {...handlers}
            />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

function AmountHeading({ label, currency }: { label: string; currency: string | undefined }) {
  return (
    <Table.Th>
      {label} {currency === undefined ? null : <span className={classes["currency"]}>{currency}</span>}
    </Table.Th>
  );
}

function TransactionsSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading transactions" style={{ padding: "12px 16px" }}>
      {[0, 1, 2, 3, 4, 5].map((row) => (
        <Skeleton key={row} height={20} my={18} />
      ))}
    </div>
  );
}
