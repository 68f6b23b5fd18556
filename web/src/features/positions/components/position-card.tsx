import { memo } from "react";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import { Flash } from "#web/components/flash.tsx";
import { Gain, GainPercent } from "#web/components/gain.tsx";
import { useLivePosition } from "#web/stream/live.ts";
import { Marks } from "./marks.tsx";
import classes from "./positions.module.css";
import { PriceAge } from "./price-age.tsx";

interface PositionCardProps {
  readonly portfolioId: string;
  readonly symbol: string;
  readonly baseCurrency: string;
  readonly onOpen: (symbol: string) => void;
}

/** A position on a phone: what it is worth, what it gained, what it did today. */
export const PositionCard = memo(function PositionCard({
  portfolioId,
  symbol,
  baseCurrency,
  onOpen,
}: PositionCardProps) {
  const position = useLivePosition(portfolioId, symbol);
  if (position === undefined) return null;
  const { currency } = position;
  return (
    <li className={classes["cardItem"]} data-symbol={symbol}>
      <button type="button" className={classes["card"]} onClick={() => onOpen(symbol)}>
        <span className={classes["cardLine"]}>
          <span className={classes["symbolText"]}>
            {symbol} <Marks position={position} baseCurrency={baseCurrency} />
          </span>
          <span className={classes["strong"]}>
            <Flash value={position.marketValue}>
              <Money value={position.marketValue} currency={currency} />
            </Flash>
          </span>
        </span>
        <span className={classes["cardLine"]}>
          <span className={classes["second"]}>
            <Quantity value={position.quantity} />{" "}
            {position.price === null ? null : (
              <>
                × <Price value={position.price} currency={currency} />{" "}
              </>
            )}
            <PriceAge position={position} />
          </span>
          <span data-figure="unrealized">
            <Flash value={position.unrealizedGain}>
              <Gain value={position.unrealizedGain} currency={currency} />
            </Flash>
          </span>
        </span>
        <span className={classes["cardLine"]}>
          <span className={classes["second"]}>
            Today <Gain value={position.dayChange} currency={currency} arrow={false} />
          </span>
          <span className={classes["second"]}>
            <GainPercent value={position.unrealizedGainPercent} />
          </span>
        </span>
      </button>
    </li>
  );
});
