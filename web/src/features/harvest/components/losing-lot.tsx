import type { Lot } from "#contracts/positions.ts";
import { quantityOfSide } from "#web/components/decimal.ts";
import { formatCivilDate, formatDate, formatExactTime } from "#web/components/format.ts";
import { ShortMark } from "#web/components/short-mark.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import type { HarvestItem } from "../planned-sales.ts";
import classes from "./harvest.module.css";

/** What table and cards say alike of a losing lot. */

export function LotName({ lot }: { lot: Lot }) {
  return (
    <>
      {lot.term === null ? null : (
        <span title={formatExactTime(lot.openedAt)}>{formatDate(lot.openedAt)}</span>
      )}{" "}
      <TermMark term={lot.term} /> {lot.side === "short" ? <ShortMark /> : null}
    </>
  );
}

/** From when on the same loss would be a long-term one. */
export function LotTerm({ item: { lot, longTermFrom } }: { item: HarvestItem }) {
  if (lot.term !== "short" || longTermFrom === null) return null;
  return <div className={classes["second"]}>long term from {formatCivilDate(longTermFrom)}</div>;
}

export const nameOfLot = ({ lot }: HarvestItem): string =>
  lot.term === null ? `the pool of ${lot.symbol}` : `the ${lot.symbol} lot of ${formatDate(lot.openedAt)}`;

export const quantityOf = (lot: Lot) => quantityOfSide(lot.side, lot.remainingQuantity);

export const verbOf = (lot: Lot) => (lot.side === "short" ? "Cover" : "Sell");

/** The story of the lot, in the drawer of its position. */
export const storyAddress = (portfolioId: string, lot: Lot): string =>
  `/portfolios/${portfolioId}/positions?${new URLSearchParams({ position: lot.symbol, explain: "position", lot: lot.id })}`;
