import { IconReceipt2 } from "@tabler/icons-react";
import { EmptyPanel, Panel } from "#web/components/panels.tsx";
import { DisposalList } from "#web/features/disposals/components/disposal-list.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

/** Realized gains: every sale with the lots that it closed. */
export function GainsPage() {
  const portfolio = usePortfolio();
  return (
    <Panel>
      <DisposalList
        portfolioId={portfolio.id}
        empty={
          <EmptyPanel
            icon={<IconReceipt2 size={24} aria-hidden />}
            title="No realized gains yet"
            text="When you sell, the sale appears here with the lots that it closed and the arithmetic of its gain."
          />
        }
      />
    </Panel>
  );
}
