import { Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ErrorPanel, Panel } from "#web/components/panels.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { HARVEST_SIZE_MAX, harvestQuery, type HarvestFilter } from "../api/harvest-queries.ts";
import { planSales, type PlannedSale } from "../planned-sales.ts";
import { ChosenSales } from "./chosen-sales.tsx";
import { HarvestCards } from "./harvest-cards.tsx";
import { HarvestFilters } from "./harvest-filters.tsx";
import { HarvestTable } from "./harvest-table.tsx";
import { HarvestTotals } from "./harvest-totals.tsx";
import classes from "./harvest.module.css";

interface HarvestListProps {
  readonly portfolioId: string;
  readonly filter: HarvestFilter;
  readonly onFilter: (changes: HarvestFilter) => void;
  readonly onSell: (sale: PlannedSale) => void;
  /** Shown when no open lot stands at a loss. */
  readonly empty: ReactNode;
}

/** Open lots that stand at a loss: filtered, added up by term, and chosen to be sold. */
export function HarvestList({ portfolioId, filter, onFilter, onSell, empty }: HarvestListProps) {
  const harvest = useQuery(harvestQuery(portfolioId, filter));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const narrow = useNarrow();
  const { data } = harvest;
  if (data === undefined) {
    if (harvest.isError)
      return <ErrorPanel error={harvest.error} what="the losses" retry={() => void harvest.refetch()} />;
    return <HarvestSkeleton />;
  }
  const filtered = filter.term !== undefined || filter.minLoss !== undefined;
  const { items, totals, unpriced } = data;
  if (items.length === 0 && !filtered && unpriced === 0) return empty;

  const Rows = narrow ? HarvestCards : HarvestTable;
  const choose = (key: string, wanted: boolean) => setChosen((before) => withOrWithout(before, key, wanted));
  return (
    <Panel>
      <HarvestFilters filter={filter} onChange={onFilter} />
      <HarvestTotals totals={totals} unpriced={unpriced} />
      {items.length === 0 ? (
        <Text size="sm" c="dimmed" ta="center" py={32} px="md">
          {filtered ? "No open lot at a loss passes this filter." : "No open lot with a price is at a loss."}
        </Text>
      ) : (
        <Rows
          portfolioId={portfolioId}
          items={items}
          chosen={chosen}
          onChoose={choose}
          onSell={(key) => planSales(items, new Set([key])).forEach(onSell)}
        />
      )}
      {items.length === HARVEST_SIZE_MAX ? (
        <Text size="xs" c="dimmed" px="md" py="xs">
          The {HARVEST_SIZE_MAX} largest are listed; the totals are of all.
        </Text>
      ) : null}
      <ChosenSales sales={planSales(items, chosen)} onSell={onSell} />
    </Panel>
  );
}

function withOrWithout(before: ReadonlySet<string>, key: string, wanted: boolean): ReadonlySet<string> {
  const after = new Set(before);
  if (wanted) after.add(key);
  else after.delete(key);
  return after;
}

function HarvestSkeleton() {
  return (
    <Panel>
      <div role="status" aria-busy="true" aria-label="Loading losses" className={classes["filters"]}>
        <Skeleton height={30} mb="sm" />
        <Skeleton height={44} mb="sm" />
        <Skeleton height={44} mb="sm" />
        <Skeleton height={44} />
      </div>
    </Panel>
  );
}
