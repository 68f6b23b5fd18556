import { Money } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import classes from "./cash.module.css";
import type { CashRowsProps } from "./cash-table.tsx";
import { entryKey, EntryLink, FromElsewhere } from "./entry-link.tsx";

/** The entries on a phone. */
export function CashCards({ portfolioId, items }: CashRowsProps) {
  return (
    <ul className={classes["cards"]} aria-label="Cash entries, newest first">
      {items.map((entry) => (
        <li key={entryKey(entry)} className={classes["card"]} data-entry={entry.transactionId}>
          <div className={classes["cardLine"]}>
            <span>
              <EntryLink entry={entry} /> {entry.symbol}{" "}
              <FromElsewhere entry={entry} portfolioId={portfolioId} />
            </span>
            <span className={classes["strong"]}>
              <Money value={entry.amount} currency={entry.currency} signed symbol />
            </span>
          </div>
          <div className={classes["cardLine"]} data-second>
            <span>{formatDate(entry.tradedAt)}</span>
            <span>
              then <Money value={entry.balance} currency={entry.currency} symbol />
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}
