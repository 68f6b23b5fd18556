import { Button, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { Portfolio } from "#contracts/portfolios.ts";
import type { Position } from "#contracts/positions.ts";
import { Age } from "#web/components/age.tsx";
import { signOf } from "#web/components/decimal.ts";
import { Money, NO_PRICE, Price, Quantity, UnitCost } from "#web/components/figure.tsx";
import { Flash } from "#web/components/flash.tsx";
import { Gain, GainPercent } from "#web/components/gain.tsx";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { DisposalList } from "#web/features/disposals/components/disposal-list.tsx";
import { LotList } from "#web/features/lots/components/lot-list.tsx";
import { useLivePosition } from "#web/stream/live.ts";
import { useTransactionDrawer } from "../transaction-drawer-host.tsx";
import classes from "./position-drawer.module.css";

interface PositionDrawerProps {
  readonly portfolio: Portfolio;
  readonly symbol: string;
  readonly onClose: () => void;
}

/** A position explained: what it is worth, the lots that it consists of, and what was sold of it. */
export function PositionDrawer({ portfolio, symbol, onClose }: PositionDrawerProps) {
  const narrow = useNarrow();
  const returnFocus = useFocusReturn();
  const [opened, setOpened] = useState(true);
  const position = useLivePosition(portfolio.id, symbol);
  const currency = position?.currency ?? portfolio.baseCurrency;
  return (
    <Drawer
      opened={opened}
      onClose={() => setOpened(false)}
      transitionProps={{
        onExited: () => {
          onClose();
          returnFocus();
        },
      }}
      size={narrow ? "100%" : 620}
      title={symbol}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="xl">
        {position === undefined ? null : <Worth position={position} />}
        <TradeButtons portfolio={portfolio} symbol={symbol} held={position?.quantity} />
        <section aria-label="Open lots">
          <Title order={2} mb="sm">
            Open lots
          </Title>
          <LotList portfolioId={portfolio.id} symbol={symbol} currency={currency} />
        </section>
        <section aria-label="What was closed">
          <Title order={2} mb="xs">
            {portfolio.allowShort ? "Sales and covers" : "Sales"}
          </Title>
          <div className={classes["bleed"]}>
            <DisposalList
              portfolioId={portfolio.id}
              symbol={symbol}
              empty={
                <Text size="sm" c="dimmed" px="md">
                  {portfolio.allowShort ? "No lot has been closed yet." : "Nothing of it has been sold yet."}
                </Text>
              }
            />
          </div>
        </section>
      </Stack>
    </Drawer>
  );
}

function Worth({ position }: { position: Position }) {
  const { currency } = position;
  return (
    <div>
      <div className={classes["value"]}>
        <Flash value={position.marketValue}>
          <Money value={position.marketValue} currency={currency} symbol />
        </Flash>
      </div>
      <Text size="sm" c="dimmed" component="div">
        <Quantity value={position.quantity} />
        {position.price === null ? (
          ` held, amounts in ${currency}. ${NO_PRICE}`
        ) : (
          <>
            {" "}
            at <Price value={position.price} currency={currency} /> {currency}{" "}
            {position.priceAsOf === null ? null : <Age at={position.priceAsOf} stale={position.stale} />}
          </>
        )}
      </Text>
      <dl className={classes["figures"]}>
        <div>
          <dt>Unrealized</dt>
          <dd>
            <Flash value={position.unrealizedGain}>
              <Gain value={position.unrealizedGain} currency={currency} />
            </Flash>{" "}
            <small>
              <GainPercent value={position.unrealizedGainPercent} />
            </small>
          </dd>
        </div>
        <div>
          <dt>Realized</dt>
          <dd>
            <Gain value={position.realizedGain} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Cost basis</dt>
          <dd>
            <Money value={position.costBasis} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Average cost</dt>
          <dd>
            <UnitCost
              value={position.averageCost}
              currency={currency}
              missing="Nothing is held, so there is no average."
            />
          </dd>
        </div>
      </dl>
    </div>
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
