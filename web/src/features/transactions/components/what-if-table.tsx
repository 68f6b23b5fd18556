import { VisuallyHidden } from "@mantine/core";
import type { WhatIf, WhatIfOutcome } from "#contracts/planning.ts";
import { Gain } from "#web/components/gain.tsx";
import { LOT_METHODS } from "#web/components/lot-methods.ts";
import { useNarrow } from "#web/components/use-narrow.ts";
import { exchangePart, METHOD_LABELS, unavailableText } from "../what-if-text.ts";
import classes from "./what-if.module.css";

interface WhatIfTableProps {
  readonly whatIf: WhatIf;
  /** The one that would really happen. */
  readonly effective: WhatIfOutcome | undefined;
}

/** The lot methods side by side: gain, by term, and the part of it that the exchange rate made. */
export function WhatIfTable({ whatIf, effective }: WhatIfTableProps) {
  const narrow = useNarrow();
  const { items, currency } = whatIf;
  const baseCurrency = items.map(exchangePart).find((part) => part !== undefined)?.currency;
  const columns = narrow
    ? []
    : TERM_COLUMNS.concat(baseCurrency === undefined ? [] : `From FX, ${baseCurrency}`);
  return (
    // Focusable, so that the arrow keys can scroll it where long figures make it wider than the screen.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes["scroll"]} role="region" aria-label="Lot methods side by side" tabIndex={0}>
      <table className={classes["table"]}>
        <VisuallyHidden component="caption">Gain under each lot method, in {currency}</VisuallyHidden>
        <thead>
          <tr>
            {["Method", "Gain", ...columns].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((outcome) => (
            <tr key={outcome.lotMethod} data-effective={outcome === effective || undefined}>
              <th scope="row" title={LOT_METHODS[outcome.lotMethod].explanation}>
                {METHOD_LABELS[outcome.lotMethod]}
                {outcome.isCurrent ? <span className={classes["own"]}>yours</span> : null}
              </th>
              <OutcomeCells outcome={outcome} columns={columns.length} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TERM_COLUMNS: readonly string[] = ["Short term", "Long term"];
const POOL_TERM = "A pool has no single date, so it is not known how much of the gain is short or long term.";

/** The figures of one method. `columns` beside the gain: none on a phone, where they stand below it. */
function OutcomeCells({ outcome, columns }: { readonly outcome: WhatIfOutcome; readonly columns: number }) {
  const { disposal, unavailable, shortTermGain = null, longTermGain = null } = outcome;
  if (disposal === undefined) {
    return (
      <td colSpan={columns + 1} className={classes["words"]}>
        {unavailable === undefined ? "closes nothing: no gain yet" : unavailableText(unavailable)}
      </td>
    );
  }
  const { currency, realizedGain } = disposal;
  const gain = <Gain value={realizedGain} currency={currency} />;
  const shortTerm = <Gain value={shortTermGain} currency={currency} arrow={false} missing={POOL_TERM} />;
  const longTerm = <Gain value={longTermGain} currency={currency} arrow={false} missing={POOL_TERM} />;
  const part = exchangePart(outcome);
  const exchange =
    part === undefined ? null : <Gain value={part.amount} currency={part.currency} arrow={false} />;
  if (columns === 0) {
    return (
      <td>
        {gain}
        <div className={classes["below"]}>
          <span>short term {shortTerm}</span>
          <span>long term {longTerm}</span>
          {exchange === null ? null : (
            <span>
              from FX {exchange} {part?.currency}
            </span>
          )}
        </div>
      </td>
    );
  }
  return (
    <>
      <td>{gain}</td>
      <td>{shortTerm}</td>
      <td>{longTerm}</td>
      {columns > TERM_COLUMNS.length ? <td>{exchange}</td> : null}
    </>
  );
}
