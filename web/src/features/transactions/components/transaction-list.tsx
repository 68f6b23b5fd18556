import { ScrollArea, Skeleton, Table, VisuallyHidden } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { ShowMore } from "#web/components/show-more.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { transactionsQuery, type TransactionFilter } from "../api/transaction-queries.ts";
import { otherPortfolioOf } from "../happening.ts";
import { usePortfolioNames } from "../use-portfolio-names.ts";
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
      <Rows items={items} viewedIn={portfolioId} {...handlers} />
      <ShowMore pages={transactions} />
    </>
  );
}

type RowsProps = {
  readonly items: readonly Transaction[];
  readonly viewedIn: string;
} & TransactionActionHandlers;

function Rows({ items, viewedIn, ...handlers }: RowsProps) {
  const narrow = useNarrow();
  const names = usePortfolioNames();
  const rows = items.map((transaction) => ({
    key: transaction.id,
    transaction,
    viewedIn,
    otherName: names.get(otherPortfolioOf(transaction, viewedIn) ?? ""),
    ...handlers,
  }));
  if (narrow) {
    return (
      <ul className={classes["cards"]} aria-label="Transactions">
        {rows.map(({ key, ...row }) => (
          <TransactionCard key={key} {...row} />
        ))}
      </ul>
    );
  }
  // One currency is said once, in the headings; several are said row by row.
  const currencies = new Set(items.map(({ currency }) => currency).filter((code) => code !== undefined));
  const currency = currencies.size === 1 ? [...currencies][0] : undefined;
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
            <Table.Th className={classes["statusCell"] ?? ""}>Status</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, ...row }) => (
            <TransactionRow key={key} withCurrency={currency === undefined} {...row} />
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
