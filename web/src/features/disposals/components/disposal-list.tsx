import { Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorPanel } from "#web/components/panels.tsx";
import { ShowMore } from "#web/components/show-more.tsx";
import { disposalsQuery } from "../api/disposal-queries.ts";
import { DisposalEntry } from "./disposal-entry.tsx";
import classes from "./disposals.module.css";

interface DisposalListProps {
  readonly portfolioId: string;
  readonly symbol?: string;
  /** Shown when nothing has been sold yet. */
  readonly empty: ReactNode;
  readonly onExplain: (disposalId: string) => void;
}

/** What was sold, newest first; each opens to the lots it closed and the arithmetic of its gain. */
export function DisposalList({ portfolioId, symbol, empty, onExplain }: DisposalListProps) {
  const disposals = useInfiniteQuery(disposalsQuery(portfolioId, symbol));
  if (disposals.isError && disposals.data === undefined) {
    return <ErrorPanel error={disposals.error} what="the gains" retry={() => void disposals.refetch()} />;
  }
  if (disposals.isPending) {
    return (
      <div role="status" aria-busy="true" aria-label="Loading gains" style={{ padding: 16 }}>
        <Skeleton height={40} mb="sm" />
        <Skeleton height={40} mb="sm" />
        <Skeleton height={40} />
      </div>
    );
  }
  const items = disposals.data?.pages.flatMap((page) => page.items) ?? [];
  if (items.length === 0) return empty;
  return (
    <>
      <ul className={classes["list"]}>
        {items.map((disposal) => (
          <DisposalEntry
            key={disposal.id}
            disposal={disposal}
            withSymbol={symbol === undefined}
            onExplain={onExplain}
          />
        ))}
      </ul>
      <ShowMore pages={disposals} />
    </>
  );
}
