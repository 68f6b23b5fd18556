import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import type { Portfolio } from "#contracts/portfolios.ts";
import { signOf } from "#web/components/decimal.ts";
import { DisposalList } from "#web/features/disposals/components/disposal-list.tsx";
import { LotList } from "#web/features/lots/components/lot-list.tsx";
import { PositionFigures } from "#web/features/positions/components/position-figures.tsx";
import { useLivePosition } from "#web/stream/live.ts";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import classes from "./position-drawer.module.css";

interface PositionOverviewProps {
  readonly portfolio: Portfolio;
  readonly symbol: string;
  readonly onExplainPosition: () => void;
  readonly onExplainLot: (lotId: string) => void;
  readonly onExplainDisposal: (disposalId: string) => void;
}

/** The figures of a position, its open lots and what was closed of it. */
export function PositionOverview(props: PositionOverviewProps) {
  const { portfolio, symbol } = props;
  const position = useLivePosition(portfolio.id, symbol);
  const currency = position?.currency ?? portfolio.baseCurrency;
  return (
    <Stack gap="xl">
      {position === undefined ? null : <PositionFigures position={position} />}
      <TradeButtons portfolio={portfolio} symbol={symbol} held={position?.quantity} />
      <section aria-label="Open lots">
        <Group justify="space-between" mb="sm">
          <Title order={2}>Open lots</Title>
          <Button
            variant="light"
            size="xs"
            leftSection={<IconListTree size={14} aria-hidden />}
            data-explains="position"
            onClick={props.onExplainPosition}
          >
            Explain this position
          </Button>
        </Group>
        <LotList
          portfolioId={portfolio.id}
          symbol={symbol}
          currency={currency}
          onExplain={props.onExplainLot}
        />
      </section>
      <section aria-label="What was closed">
        <Title order={2} mb="xs">
          {portfolio.allowShort ? "Sales and covers" : "Sales"}
        </Title>
        <div className={classes["bleed"]}>
          <DisposalList
            portfolioId={portfolio.id}
            symbol={symbol}
            onExplain={props.onExplainDisposal}
            empty={
              <Text size="sm" c="dimmed" px="md">
                {portfolio.allowShort ? "No lot has been closed yet." : "Nothing of it has been sold yet."}
              </Text>
            }
          />
        </div>
      </section>
    </Stack>
  );
}

interface TradeButtonsProps {
  readonly portfolio: Portfolio;
  readonly symbol: string;
  readonly held: string | undefined;
}

function TradeButtons({ portfolio, symbol, held = "0" }: TradeButtonsProps) {
  const drawer = useTransactionDrawer();
  const { id: portfolioId, allowShort } = portfolio;
  const side = signOf(held);
  return (
    <Group grow>
      <Button
        variant="default"
        onClick={() => drawer.open({ portfolioId, prefill: { type: "buy", symbol } })}
      >
        {side < 0 ? "Buy to cover" : side === 0 ? "Buy" : "Buy more"}
      </Button>
      <Button
        variant="default"
        disabled={side <= 0 && !allowShort}
        onClick={() => drawer.open({ portfolioId, prefill: { type: "sell", symbol } })}
      >
        {side <= 0 && allowShort ? "Sell short" : "Sell"}
      </Button>
    </Group>
  );
}
