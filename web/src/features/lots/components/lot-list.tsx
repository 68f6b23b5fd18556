import { Skeleton, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Lot } from "#contracts/positions.ts";
import { Money, Quantity, UnitCost } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { ErrorPanel } from "#web/components/panels.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import { lotsQuery } from "../api/lot-queries.ts";
import classes from "./lots.module.css";

interface LotListProps {
  readonly portfolioId: string;
  readonly symbol: string;
  readonly currency: string;
}

/** The open lots as a timeline, oldest first: the order in which a sale closes them. */
export function LotList({ portfolioId, symbol, currency }: LotListProps) {
  const lots = useQuery(lotsQuery(portfolioId, symbol));
  if (lots.isError)
    return <ErrorPanel error={lots.error} what="the lots" retry={() => void lots.refetch()} />;
  if (lots.isPending) return <LotsSkeleton />;
  if (lots.data.items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No open lots: everything bought has been sold.
      </Text>
    );
  }
  return (
    <ol className={classes["timeline"]} aria-label={`Open lots of ${symbol}, oldest first`}>
      {lots.data.items.map((lot) => (
        <LotEntry key={lot.id} lot={lot} currency={currency} />
      ))}
    </ol>
  );
}

function LotEntry({ lot, currency }: { lot: Lot; currency: string }) {
  return (
    <li className={classes["lot"]} data-lot={lot.id}>
      <div className={classes["lotHead"]}>
        <Tooltip label={formatExactTime(lot.openedAt)}>
          <span className={classes["opened"]}>{formatDate(lot.openedAt)}</span>
        </Tooltip>
        <TermMark term={lot.term} />
        {lot.side === "short" ? <span className={classes["short"]}>Short</span> : null}
        <span className={classes["lotGain"]}>
          <Gain value={lot.unrealizedGain} currency={currency} />
        </span>
      </div>
      <LeftOfLot lot={lot} />
      <dl className={classes["lotFigures"]}>
        <div>
          <dt>Remaining</dt>
          <dd data-figure="remaining">
            <Quantity value={lot.remainingQuantity} />
          </dd>
        </div>
        <div>
          <dt>Original</dt>
          <dd>
            <Quantity value={lot.originalQuantity} />
          </dd>
        </div>
        <div>
          <dt>Unit cost</dt>
          <dd>
            <UnitCost value={lot.unitCost} currency={currency} />
          </dd>
        </div>
        <div>
          <dt>Cost</dt>
          <dd>
            <Money value={lot.costBasis} currency={currency} />
          </dd>
        </div>
      </dl>
    </li>
  );
}

/** How much of the lot is left, drawn: CSS does the division, so no figure passes through a float of ours. */
function LeftOfLot({ lot }: { lot: Lot }) {
  return (
    <div className={classes["left"]} aria-hidden="true">
      <span style={{ width: `calc(100% * ${lot.remainingQuantity} / ${lot.originalQuantity})` }} />
    </div>
  );
}

function LotsSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading lots">
      <Skeleton height={84} radius="md" mb="sm" />
      <Skeleton height={84} radius="md" />
    </div>
  );
}
