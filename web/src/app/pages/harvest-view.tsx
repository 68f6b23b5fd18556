import { IconPlant2 } from "@tabler/icons-react";
import { EmptyPanel } from "#web/components/panels.tsx";
import { useAddress } from "#web/components/use-address.ts";
import type { HarvestFilter } from "#web/features/harvest/api/harvest-queries.ts";
import { HarvestList } from "#web/features/harvest/components/harvest-list.tsx";
import { filterOf } from "#web/features/harvest/harvest-filter.ts";
import type { PlannedSale } from "#web/features/harvest/planned-sales.ts";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

/** In the address nothing is undefined. */
const orNull = (changes: HarvestFilter): Record<string, string | null> =>
  Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value ?? null]));

/** Losses that could be realized now. The filter is in the address; a sale opens in the drawer, filled in. */
export function HarvestView() {
  const portfolio = usePortfolio();
  const drawer = useTransactionDrawer();
  const [query, change] = useAddress();
  const sell = ({ type, symbol, quantity, lots }: PlannedSale) => {
    // A pool has no lots to name.
    const prefill = { type, symbol, quantity, ...(portfolio.lotMethod === "average" ? {} : { lots }) };
    drawer.open({ portfolioId: portfolio.id, prefill });
  };
  return (
    <HarvestList
      portfolioId={portfolio.id}
      filter={filterOf(query)}
      onFilter={(changes) => change(orNull(changes))}
      onSell={sell}
      empty={
        <EmptyPanel
          icon={<IconPlant2 size={24} aria-hidden />}
          title="Nothing to harvest"
          text="No open lot stands at a loss now. Lots that fall below their cost appear here, the largest loss first."
        />
      }
    />
  );
}
