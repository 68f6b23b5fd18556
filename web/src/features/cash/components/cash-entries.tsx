import { Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ErrorPanel } from "#web/components/panels.tsx";
import { ShowMore } from "#web/components/show-more.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { cashEntriesQuery } from "../api/cash-queries.ts";
import { CashCards } from "./cash-cards.tsx";
import { CashTable } from "./cash-table.tsx";

interface CashEntriesProps {
  readonly portfolioId: string;
  readonly currency: string | undefined;
}

/** Every movement of money, newest first, each with the balance after it. */
export function CashEntries({ portfolioId, currency }: CashEntriesProps) {
  const entries = useInfiniteQuery(cashEntriesQuery(portfolioId, currency));
  const narrow = useNarrow();
  if (entries.data === undefined) {
    if (entries.isError)
      return (
        <ErrorPanel error={entries.error} what="the cash entries" retry={() => void entries.refetch()} />
      );
    return <EntriesSkeleton />;
  }
  const items = entries.data.pages.flatMap((page) => page.items);
  const Rows = narrow ? CashCards : CashTable;
  return (
    <>
      <Rows portfolioId={portfolioId} items={items} />
      <ShowMore pages={entries} />
    </>
  );
}

function EntriesSkeleton() {
  return (
    <div role="status" aria-busy="true" aria-label="Loading cash entries" style={{ padding: "12px 16px" }}>
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={20} my={18} />
      ))}
    </div>
  );
}
