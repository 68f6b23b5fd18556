import { Tooltip } from "@mantine/core";
import type { LotStory } from "#contracts/explanations.ts";
import type { Lot } from "#contracts/positions.ts";
import { quantityOfSide } from "#web/components/decimal.ts";
import { Money, Quantity, UnitCost } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { Mark } from "#web/components/mark.tsx";
import { ShortMark } from "#web/components/short-mark.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import { marksOfLot } from "../lot-marks.ts";
import classes from "./lots.module.css";

interface LotEntryProps {
  readonly lot: Lot;
  /** Undefined until it is read. */
  readonly story: LotStory | undefined;
  readonly portfolioId: string;
  readonly currency: string;
  readonly onExplain: (lotId: string) => void;
}

/** One lot: when it was opened, what is left of it, what it cost, and the way to its story. */
export function LotEntry({ lot, story, portfolioId, currency, onExplain }: LotEntryProps) {
  const { id, side, openedAt, term } = lot;
  const marks = story === undefined ? [] : marksOfLot(story, portfolioId);
  const name = term === null ? "The pool" : formatDate(openedAt);
  return (
    <li className={classes["lot"]} data-lot={id} data-side={side}>
      <div className={classes["lotHead"]}>
        <Tooltip
          label={term === null ? `First opened ${formatExactTime(openedAt)}` : formatExactTime(openedAt)}
        >
          <span className={classes["opened"]}>{name}</span>
        </Tooltip>
        <span className={classes["lotGain"]}>
          <Gain value={lot.unrealizedGain} currency={currency} />
        </span>
      </div>
      <div className={classes["lotMarks"]}>
        <TermMark term={term} />
        {side === "short" ? <ShortMark /> : null}
        {marks.map(({ label, why }) => (
          <Mark key={label} label={label} why={why} spoken />
        ))}
        <button
          type="button"
          className={classes["explain"]}
          data-explains={id}
          aria-label={`Explain ${term === null ? "the pool" : `the lot of ${name}`}`}
          onClick={() => onExplain(id)}
        >
          Explain
        </button>
      </div>
      <LeftOfLot lot={lot} />
      <LotFigures lot={lot} currency={currency} />
    </li>
  );
}

function LotFigures({ lot, currency }: { lot: Lot; currency: string }) {
  const { side, remainingQuantity, originalQuantity, unitCost, costBasis } = lot;
  return (
    <dl className={classes["lotFigures"]}>
      <div>
        <dt>Remaining</dt>
        <dd data-figure="remaining">
          <Quantity value={quantityOfSide(side, remainingQuantity)} />
        </dd>
      </div>
      <div>
        <dt>Original</dt>
        <dd>
          <Quantity value={quantityOfSide(side, originalQuantity)} />
        </dd>
      </div>
      <div>
        <dt>{side === "short" ? "Unit proceeds" : "Unit cost"}</dt>
        <dd>
          <UnitCost value={unitCost} currency={currency} />
        </dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>
          <Money value={costBasis} currency={currency} />
        </dd>
      </div>
    </dl>
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
