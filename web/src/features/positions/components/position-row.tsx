import { Table } from "@mantine/core";
import { memo } from "react";
import { Missing, Money, Price, Quantity, Share } from "#web/components/figure.tsx";
import { Flash } from "#web/components/flash.tsx";
import { Gain, GainPercent } from "#web/components/gain.tsx";
import { useLivePosition } from "#web/stream/live.ts";
import { Marks } from "./marks.tsx";
import classes from "./positions.module.css";
import { PriceAge } from "./price-age.tsx";

interface PositionRowProps {
  readonly portfolioId: string;
  readonly symbol: string;
  readonly baseCurrency: string;
  readonly onOpen: (symbol: string) => void;
}

/** One position. It listens to its own symbol only, so a tick draws exactly the rows whose figures changed. */
export const PositionRow = memo(function PositionRow({
  portfolioId,
  symbol,
  baseCurrency,
  onOpen,
}: PositionRowProps) {
  const position = useLivePosition(portfolioId, symbol);
  if (position === undefined) return null;
  const { currency } = position;
  return (
    <Table.Tr className={classes["row"] ?? ""} onClick={() => onOpen(symbol)} data-symbol={symbol}>
      <Table.Td>
        {/* The button is what keyboard and screen reader use; the whole row is a larger target for the pointer. */}
        <button
          type="button"
          className={classes["symbol"]}
          aria-label={`${symbol}: lots and gains`}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(symbol);
          }}
        >
          {symbol}
        </button>{" "}
        <Marks position={position} baseCurrency={baseCurrency} />
      </Table.Td>
      <Table.Td>
        <Flash value={position.quantity}>
          <Quantity value={position.quantity} />
        </Flash>
      </Table.Td>
      <Table.Td>
        <Price
          value={position.averageCost}
          currency={currency}
          missing="Nothing is held, so there is no average."
        />
      </Table.Td>
      <Table.Td>
        <Flash value={position.price}>
          <Price value={position.price} currency={currency} />
        </Flash>
        <div className={classes["second"]}>
          <PriceAge position={position} />
        </div>
      </Table.Td>
      <Table.Td className={classes["strong"] ?? ""}>
        <Flash value={position.marketValue}>
          <Money value={position.marketValue} currency={currency} />
        </Flash>
      </Table.Td>
      <Table.Td>
        <Flash value={position.dayChange}>
          <Gain value={position.dayChange} currency={currency} />
        </Flash>
      </Table.Td>
      <Table.Td data-figure="unrealized">
        <Flash value={position.unrealizedGain}>
          <Gain value={position.unrealizedGain} currency={currency} />
        </Flash>
        <div className={classes["second"]}>
          <GainPercent value={position.unrealizedGainPercent} />
        </div>
      </Table.Td>
      <Table.Td>
        <Weight weight={position.weight} />
      </Table.Td>
    </Table.Tr>
  );
});

function Weight({ weight }: { weight: string | null }) {
  if (weight === null)
    return <Missing reason="Without a market value in the base currency there is no weight." />;
  return (
    <div className={classes["weight"]}>
      <Share value={weight} />
      <span className={classes["bar"]} aria-hidden="true">
        <span style={{ width: `calc(${weight} * 100%)` }} />
      </span>
    </div>
  );
}
