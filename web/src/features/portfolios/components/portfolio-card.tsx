import { Badge, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { PortfolioWithTotals, Totals } from "#contracts/portfolios.ts";
import { Money } from "#web/components/figure.tsx";
import { Flash } from "#web/components/flash.tsx";
import { Gain, GainPercent } from "#web/components/gain.tsx";
import { leftOut, whyNoValue } from "#web/components/left-out.ts";
import { useLiveTotals } from "#web/stream/live.ts";
import classes from "./portfolios.module.css";

/** One portfolio with its live totals; the whole card is the link. */
export function PortfolioCard({ portfolio, dimmed }: { portfolio: PortfolioWithTotals; dimmed: boolean }) {
  const totals = useLiveTotals(portfolio.id) ?? portfolio.totals;
  const { baseCurrency: currency, positionCount } = portfolio;
  const noValue = whyNoValue(totals);
  return (
    <Link
      to={`/portfolios/${portfolio.id}/positions`}
      className={classes["card"]}
      data-dimmed={dimmed || undefined}
    >
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text component="h2" fw={650} truncate title={portfolio.name}>
          {portfolio.name}
        </Text>
        {portfolio.archived ? (
          <Badge variant="default" size="sm">
            Archived
          </Badge>
        ) : null}
      </Group>
      <Text size="xs" c="dimmed">
        {positionCount === 1 ? "1 position" : `${positionCount} positions`} · {currency}
      </Text>
      <div className={classes["cardValue"]}>
        <Flash value={totals.marketValue}>
          <Money
            value={noValue === undefined ? totals.marketValue : null}
            currency={currency}
            symbol
            missing={noValue}
          />
        </Flash>
      </div>
      <CardFigures totals={totals} currency={currency} />
      {leftOut(totals).map((what) => (
        <Text key={what} size="xs" mt={6} c="var(--lw-warn)">
          {what}
        </Text>
      ))}
    </Link>
  );
}

function CardFigures({ totals, currency }: { totals: Totals; currency: string }) {
  const noValue = whyNoValue(totals);
  const ofValue = (figure: string) => (noValue === undefined ? figure : null);
  return (
    <dl className={classes["cardFigures"]}>
      <div>
        <dt>Today</dt>
        <dd>
          <Flash value={totals.dayChange}>
            <Gain value={ofValue(totals.dayChange)} currency={currency} missing={noValue} />
          </Flash>
        </dd>
      </div>
      <div>
        <dt>Unrealized</dt>
        <dd>
          <Flash value={totals.unrealizedGain}>
            <Gain value={ofValue(totals.unrealizedGain)} currency={currency} missing={noValue} />
          </Flash>{" "}
          <span className={classes["percent"]}>
            <GainPercent value={noValue === undefined ? totals.unrealizedGainPercent : null} />
          </span>
        </dd>
      </div>
      <div>
        <dt>Realized</dt>
        <dd>
          <Gain value={totals.realizedGain} currency={currency} />
        </dd>
      </div>
    </dl>
  );
}
