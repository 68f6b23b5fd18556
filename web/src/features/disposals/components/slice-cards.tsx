import type { Disposal } from "#contracts/positions.ts";
import { Money, Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import classes from "./disposals.module.css";

/** The arithmetic of a gain on a phone: a line for the lot, a line for the sum. */
export function SliceCards({ disposal }: { disposal: Disposal }) {
  const { currency, slices } = disposal;
  return (
    <ul className={classes["sliceCards"]}>
      {slices.map((slice) => (
        <li key={`${slice.lotId}-${slice.openedAt}`}>
          <div>
            <span className={classes["title"]}>
              <Quantity value={slice.quantity} /> of{" "}
              {slice.openedAt === null ? "the pool" : formatDate(slice.openedAt)}
            </span>
            <TermMark term={slice.term} />
          </div>
          <div>
            <span className={classes["when"]}>
              <Money value={slice.proceeds} currency={currency} /> −{" "}
              <Money value={slice.costBasis} currency={currency} /> =
            </span>
            <Gain value={slice.realizedGain} currency={currency} />
          </div>
        </li>
      ))}
    </ul>
  );
}
