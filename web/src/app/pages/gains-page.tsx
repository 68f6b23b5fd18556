import { SegmentedControl } from "@mantine/core";
import { IconReceipt2 } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { EmptyPanel, Panel } from "#web/components/panels.tsx";
import { useAddress } from "#web/components/use-address.ts";
import { useLingering } from "#web/components/use-lingering.ts";
import { DisposalList } from "#web/features/disposals/components/disposal-list.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

const GainExplanationDrawer = lazy(async () => ({
  default: (await import("./gain-explanation-drawer.tsx")).GainExplanationDrawer,
}));
const HarvestView = lazy(async () => ({ default: (await import("./harvest-view.tsx")).HarvestView }));

const VIEWS = [
  { value: "realized", label: "Realized" },
  { value: "losses", label: "Losses to harvest" },
];

/** What was gained by selling, and which open lots would bring a loss if they were sold. */
export function GainsPage() {
  const [query, change] = useAddress();
  const view = query.get("view") === "losses" ? "losses" : "realized";
  return (
    <>
      <SegmentedControl
        aria-label="Gains to show"
        data={VIEWS}
        value={view}
        onChange={(chosen) =>
          change({ view: chosen === "losses" ? chosen : null, term: null, minLoss: null, explain: null })
        }
        mb="md"
      />
      {view === "realized" ? (
        <Realized />
      ) : (
        <Suspense>
          <HarvestView />
        </Suspense>
      )}
    </>
  );
}

/** Every sale with the lots that it closed; each opens to its story. */
function Realized() {
  const portfolio = usePortfolio();
  const [query, change] = useAddress();
  const explained = query.get("explain");
  const drawer = useLingering(explained);
  return (
    <>
      <Panel>
        <DisposalList
          portfolioId={portfolio.id}
          onExplain={(disposalId) => change({ explain: disposalId })}
          empty={
            <EmptyPanel
              icon={<IconReceipt2 size={24} aria-hidden />}
              title="No realized gains yet"
              text="When you sell, the sale appears here with the lots that it closed and the arithmetic of its gain."
            />
          }
        />
      </Panel>
      <Suspense>
        {drawer.shown === null ? null : (
          <GainExplanationDrawer
            key={drawer.shown}
            portfolioId={portfolio.id}
            disposalId={drawer.shown}
            opened={explained !== null}
            onClose={() => change({ explain: null }, { replace: true })}
            onExited={drawer.forget}
          />
        )}
      </Suspense>
    </>
  );
}
