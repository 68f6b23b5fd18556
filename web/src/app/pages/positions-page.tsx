import { Button } from "@mantine/core";
import { IconPlus, IconStack2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect } from "react";
import { isOutOfTouch } from "#web/components/connection-chip.tsx";
import { EmptyPanel, ErrorPanel, Panel } from "#web/components/panels.tsx";
import { useAddress } from "#web/components/use-address.ts";
import { useLingering } from "#web/components/use-lingering.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { positionsQuery } from "#web/features/positions/api/position-queries.ts";
import { PositionsSkeleton } from "#web/features/positions/components/positions-skeleton.tsx";
import { PositionCards, PositionsTable } from "#web/features/positions/components/positions-table.tsx";
import { liveStore, useConnectionState, useLivePositions } from "#web/stream/live.ts";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import { usePortfolio } from "./portfolio-page.tsx";

const PositionDrawer = lazy(async () => ({
  default: (await import("./position-drawer.tsx")).PositionDrawer,
}));

/** While nothing is pushed, the figures are asked for. */
const REREAD_WHEN_NOT_LIVE_MS = 10_000;

export function PositionsPage() {
  const portfolio = usePortfolio();
  const connection = useConnectionState();
  const read = useQuery({
    ...positionsQuery(portfolio.id),
    refetchInterval: connection === "live" ? false : REREAD_WHEN_NOT_LIVE_MS,
  });
  useEffect(() => {
    if (read.data !== undefined) liveStore.seed(portfolio.id, read.data);
  }, [portfolio.id, read.data]);
  const count = useLivePositions(portfolio.id, (positions) => positions?.size);

  const [query, change] = useAddress();
  const symbol = query.get("position");
  const drawer = useLingering(symbol);
  const open = useCallback((wanted: string) => change({ position: wanted }), [change]);
  const close = () => change({ position: null, explain: null, lot: null }, { replace: true });

  return (
    <>
      {count === undefined ? <Waiting read={read} /> : null}
      {count === 0 ? <NoPositions portfolioId={portfolio.id} /> : null}
      {count !== undefined && count > 0 ? (
        <Positions dimmed={isOutOfTouch(connection)} onOpen={open} />
      ) : null}
      <Suspense>
        {drawer.shown === null ? null : (
          <PositionDrawer
            portfolio={portfolio}
            symbol={drawer.shown}
            opened={symbol !== null}
            onClose={close}
            onExited={drawer.forget}
          />
        )}
      </Suspense>
    </>
  );
}

function Waiting({ read }: { read: { isError: boolean; error: unknown; refetch: () => unknown } }) {
  if (read.isError)
    return <ErrorPanel error={read.error} what="the positions" retry={() => void read.refetch()} />;
  return (
    <Panel>
      <PositionsSkeleton />
    </Panel>
  );
}

function Positions({ dimmed, onOpen }: { dimmed: boolean; onOpen: (symbol: string) => void }) {
  const { id, baseCurrency } = usePortfolio();
  const narrow = useNarrow();
  const View = narrow ? PositionCards : PositionsTable;
  return (
    <Panel>
      <View portfolioId={id} currency={baseCurrency} dimmed={dimmed} onOpen={onOpen} />
    </Panel>
  );
}

function NoPositions({ portfolioId }: { portfolioId: string }) {
  const drawer = useTransactionDrawer();
  return (
    <EmptyPanel
      icon={<IconStack2 size={24} aria-hidden />}
      title="No positions yet"
      text="Record what you bought: the symbol, how many, at what price and when. Symbols that end in .SIM, such as ACME.SIM, trade on the built-in simulated exchange if you just want to try."
      action={
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => drawer.open({ portfolioId })}>
          Record your first trade
        </Button>
      }
    />
  );
}
