import { Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { Position } from "#contracts/positions.ts";
import { Age } from "#web/components/age.tsx";
import { signOf } from "#web/components/decimal.ts";
import { Money, NO_PRICE, Price, Quantity, UnitCost } from "#web/components/figure.tsx";
import { Flash } from "#web/components/flash.tsx";
import { Gain, GainPercent } from "#web/components/gain.tsx";
import { ShortMark } from "#web/components/short-mark.tsx";
import classes from "./position-figures.module.css";

/** What a position is worth and how that came to be; in two currencies where it is not held in the portfolio's own. */
export function PositionFigures({ position }: { position: Position }) {
  const { currency } = position;
  return (
    <div>
      <div className={classes["value"]}>
        <Flash value={position.marketValue}>
          <Money value={position.marketValue} currency={currency} symbol />
        </Flash>
      </div>
      <Held position={position} />
      <dl className={classes["figures"]}>
        <Figure name="Unrealized">
          <Flash value={position.unrealizedGain}>
            <Gain value={position.unrealizedGain} currency={currency} />
          </Flash>{" "}
          <small>
            <GainPercent value={position.unrealizedGainPercent} />
          </small>
        </Figure>
        <Figure name="Realized">
          <Gain value={position.realizedGain} currency={currency} />
        </Figure>
        <Figure name="Income">
          <Money value={position.income} currency={currency} />
        </Figure>
        <Figure name="Cost basis">
          <Money value={position.costBasis} currency={currency} />
        </Figure>
        <Figure name="Average cost">
          <UnitCost
            value={position.averageCost}
            currency={currency}
            missing="Nothing is held, so there is no average."
          />
        </Figure>
        <Figure name="Fees">
          <Money value={position.fees} currency={currency} />
        </Figure>
      </dl>
      {position.base.currency === currency ? null : <InBaseCurrency position={position} />}
    </div>
  );
}

function Held({ position }: { position: Position }) {
  const { currency, price, priceAsOf, quantity, stale } = position;
  return (
    <Text size="sm" c="dimmed" component="div">
      <Quantity value={quantity} />
      {price === null ? (
        ` held, amounts in ${currency}. ${NO_PRICE}`
      ) : (
        <>
          {" "}
          at <Price value={price} currency={currency} /> {currency}{" "}
          {priceAsOf === null ? null : <Age at={priceAsOf} stale={stale} />}
        </>
      )}{" "}
      {signOf(quantity) < 0 ? <ShortMark /> : null}
    </Text>
  );
}

/** Costs at the rates of the openings, proceeds at those of the closings: never at the rate of today. */
function InBaseCurrency({ position: { base } }: { position: Position }) {
  const { currency } = base;
  return (
    <section className={classes["base"]} aria-label={`In ${currency}`}>
      <Title order={3}>In {currency}, at the rates of the days of the trades</Title>
      <dl className={classes["figures"]}>
        <Figure name="Cost basis">
          <Money value={base.costBasis} currency={currency} />
        </Figure>
        <Figure name="Realized">
          <Gain value={base.realizedGain} currency={currency} />
        </Figure>
        <Figure name="of it from the exchange rate">
          <Gain value={base.exchangeGain} currency={currency} />
        </Figure>
      </dl>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
