import type { WhatIfOutcome } from "#contracts/planning.ts";
import { Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import { sourceOfLots } from "../what-if-text.ts";
import classes from "./what-if.module.css";

interface WhatIfLotsProps {
  readonly outcome: WhatIfOutcome;
  readonly isCover: boolean;
}

/** The lots that would really be closed, in this order. */
export function WhatIfLots({ outcome, isCover }: WhatIfLotsProps) {
  const { disposal, lotMethod } = outcome;
  if (disposal === undefined) return null;
  const { currency, slices } = disposal;
  return (
    <>
      <strong>
        {isCover ? "Covers" : "Closes"} {sourceOfLots(lotMethod)}
      </strong>
      <ul className={classes["lots"]}>
        {slices.map((slice) => (
          <li key={`${slice.lotId}-${slice.openedAt}`}>
            <span>
              <Quantity value={slice.quantity} />{" "}
              {slice.openedAt === null ? "from the pool" : `of ${formatDate(slice.openedAt)}`}
            </span>
            <TermMark term={slice.term} />
            <span className={classes["gain"]}>
              <Gain value={slice.realizedGain} currency={currency} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
