import { Button, Collapse } from "@mantine/core";
import { IconChevronRight, IconListTree } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { Disposal } from "#contracts/positions.ts";
import { Money } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { useNarrow } from "#web/components/use-narrow.ts";
import { BaseGain } from "./base-gain.tsx";
import { DisposalTitle } from "./disposal-title.tsx";
import classes from "./disposals.module.css";
import { SliceCards } from "./slice-cards.tsx";
import { SliceTable } from "./slice-table.tsx";

interface DisposalEntryProps {
  readonly disposal: Disposal;
  readonly withSymbol: boolean;
  readonly onExplain: (disposalId: string) => void;
}

/** One sale in a line; it opens to its slices, and from there to the story behind them. */
export function DisposalEntry({ disposal, withSymbol, onExplain }: DisposalEntryProps) {
  const [opened, setOpened] = useState(false);
  const slices = useId();
  const narrow = useNarrow();
  const { currency } = disposal;
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
            <DisposalTitle disposal={disposal} withSymbol={withSymbol} />
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
        <div className={classes["explained"]}>
          <BaseGain disposal={disposal} />
          <Button
            variant="light"
            size="xs"
            leftSection={<IconListTree size={14} aria-hidden />}
            data-explains={disposal.id}
            onClick={() => onExplain(disposal.id)}
          >
            Explain this gain
          </Button>
        </div>
      </Collapse>
    </li>
  );
}

const lotCount = (count: number) => (count === 1 ? "from 1 lot" : `from ${count} lots`);
