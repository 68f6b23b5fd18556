import { Collapse } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { Disposal } from "#contracts/positions.ts";
import { Money, Quantity } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import classes from "./disposals.module.css";
import { SliceCards } from "./slice-cards.tsx";
import { SliceTable } from "./slice-table.tsx";

/** One sale in a line; it opens to its slices. */
export function DisposalEntry({ disposal, withSymbol }: { disposal: Disposal; withSymbol: boolean }) {
  const [opened, setOpened] = useState(false);
  const slices = useId();
  const narrow = useNarrow();
  const { currency } = disposal;
  const verb = disposal.side === "short" ? "Covered" : "Sold";
  return (
    <li className={classes["entry"]} data-disposal={disposal.id}>
      <button
        type="button"
        className={classes["line"]}
        aria-expanded={opened}
        aria-controls={slices}
        onClick={() => setOpened(!opened)}
      >
        <IconChevronRight
          size={16}
          className={classes["chevron"]}
          data-opened={opened || undefined}
          aria-hidden
        />
        <span className={classes["what"]}>
          <span className={classes["title"]}>
            {verb} <Quantity value={disposal.quantity} />
            {withSymbol ? ` ${disposal.symbol}` : null}
          </span>
          <span className={classes["when"]} title={formatExactTime(disposal.disposedAt)}>
            {formatDate(disposal.disposedAt)} · {lotCount(disposal.slices.length)}
          </span>
        </span>
        <span className={classes["sums"]}>
          <span className={classes["gain"]}>
            <Gain value={disposal.realizedGain} currency={currency} symbol />
          </span>
          <span className={classes["when"]}>
            <Money value={disposal.proceeds} currency={currency} /> −{" "}
            <Money value={disposal.costBasis} currency={currency} />
          </span>
        </span>
      </button>
      <Collapse expanded={opened} id={slices} keepMounted={false}>
        {narrow ? <SliceCards disposal={disposal} /> : <SliceTable disposal={disposal} />}
      </Collapse>
    </li>
  );
}

const lotCount = (count: number) => (count === 1 ? "from 1 lot" : `from ${count} lots`);
