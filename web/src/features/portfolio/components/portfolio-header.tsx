import { Anchor, Badge, Group, Skeleton, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { PortfolioWithTotals } from "#contracts/portfolios.ts";
import { ConnectionChip, isOutOfTouch } from "#web/components/connection-chip.tsx";
import { LOT_METHODS } from "#web/components/lot-methods.ts";
import { TotalsStrip } from "#web/components/totals-strip.tsx";
import { useConnectionState, useLiveTotals } from "#web/stream/live.ts";

interface PortfolioHeaderProps {
  readonly portfolio: PortfolioWithTotals;
  readonly actions: ReactNode;
}

/** Name, connection and the live totals of one portfolio. */
export function PortfolioHeader({ portfolio, actions }: PortfolioHeaderProps) {
  const connection = useConnectionState();
  return (
    <header>
      <Group justify="space-between" align="center" mb="md" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Anchor component={Link} to="/portfolios" size="sm" c="dimmed">
            ‹ All portfolios
          </Anchor>
          <Group gap="sm">
            <Title order={1} style={{ overflowWrap: "anywhere", minWidth: 0 }}>
              {portfolio.name}
            </Title>
            {portfolio.archived ? <Badge variant="default">Archived</Badge> : null}
            <ConnectionChip state={connection} />
          </Group>
          <Text size="sm" c="dimmed">
            {portfolio.baseCurrency} · {LOT_METHODS[portfolio.lotMethod].phrase}
            {portfolio.allowShort ? " · short selling allowed" : ""}
            {portfolio.trackCash ? " · cash tracked" : ""}
          </Text>
        </div>
        {actions}
      </Group>
      <LiveTotals portfolio={portfolio} dimmed={isOutOfTouch(connection)} />
    </header>
  );
}

/** Apart from the header, so that a tick draws the five figures and nothing else. */
function LiveTotals({ portfolio, dimmed }: { portfolio: PortfolioWithTotals; dimmed: boolean }) {
  const totals = useLiveTotals(portfolio.id) ?? portfolio.totals;
  return <TotalsStrip totals={totals} currency={portfolio.baseCurrency} dimmed={dimmed} />;
}

export function PortfolioHeaderSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading the portfolio">
      <Skeleton height={32} width={220} mb={6} />
      <Skeleton height={18} width={160} mb="md" />
      <Skeleton height={116} radius="lg" />
    </div>
  );
}
