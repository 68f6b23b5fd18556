import { Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import type { Totals } from "#contracts/portfolios.ts";
import { Freshness } from "./age.tsx";
import { Money } from "./figure.tsx";
import { Flash } from "./flash.tsx";
import { Gain, GainPercent } from "./gain.tsx";
import { leftOut, whyNoValue } from "./left-out.ts";
import classes from "./totals-strip.module.css";

interface TotalsStripProps {
  readonly totals: Totals;
  readonly currency: string;
  readonly dimmed: boolean;
  readonly label?: string;
}

/** The five figures that answer "what is it worth, and why": value first and large, then how it came to be. */
export function TotalsStrip({ totals, currency, dimmed, label = "Market value" }: TotalsStripProps) {
  const noValue = whyNoValue(totals);
  const ofValue = (figure: string) => (noValue === undefined ? figure : null);
  return (
    <section className={classes["strip"]} data-dimmed={dimmed || undefined} aria-label="Totals">
      <div className={classes["main"]}>
        <Text size="sm" c="dimmed">
          {label}
        </Text>
        <div className={classes["value"]}>
          <Flash value={totals.marketValue}>
            <Money value={ofValue(totals.marketValue)} currency={currency} symbol missing={noValue} />
          </Flash>
        </div>
      </div>
      <dl className={classes["figures"]}>
        <Figure name="Today" hint="Change of the market value since the last close">
          <Flash value={totals.dayChange}>
            <Gain value={ofValue(totals.dayChange)} currency={currency} missing={noValue} />
          </Flash>
        </Figure>
        <Figure name="Unrealized" hint="Market value less cost of what is held now">
          <Flash value={totals.unrealizedGain}>
            <Gain value={ofValue(totals.unrealizedGain)} currency={currency} missing={noValue} />
          </Flash>
          <span className={classes["percent"]}>
            <GainPercent value={noValue === undefined ? totals.unrealizedGainPercent : null} />
          </span>
        </Figure>
        <Figure name="Realized" hint="Proceeds less cost of everything sold, since the first trade">
          <Gain value={totals.realizedGain} currency={currency} />
        </Figure>
        <Figure name="Cost basis" hint="What was paid, with fees, for what is held now">
          <Money value={totals.costBasis} currency={currency} />
        </Figure>
      </dl>
      <Notes totals={totals} outOfTouch={dimmed} />
    </section>
  );
}

function Figure({ name, hint, children }: { name: string; hint: string; children: ReactNode }) {
  return (
    <div className={classes["figure"]}>
      <Tooltip label={hint}>
        <dt>{name}</dt>
      </Tooltip>
      <dd>{children}</dd>
    </div>
  );
}

/** How old the figures are and what they leave out. */
function Notes({ totals, outOfTouch }: { totals: Totals; outOfTouch: boolean }) {
  const { asOf, stale } = totals;
  return (
    <div className={classes["notes"]}>
      {outOfTouch ? <span className={classes["warning"]}>Not live: the last figures received</span> : null}
      {asOf === null || outOfTouch ? null : <Freshness at={asOf} stale={stale} />}
      {leftOut(totals).map((what) => (
        <span key={what} className={classes["warning"]}>
          {what}
        </span>
      ))}
    </div>
  );
}
