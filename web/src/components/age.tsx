import { Tooltip } from "@mantine/core";
import { useNow } from "./clock.ts";
import { formatAge, formatDateTime, formatExactTime } from "./format.ts";
import classes from "./numbers.module.css";

interface AgeProps {
  readonly at: string;
  readonly stale: boolean;
}

/** A price counts as fresh for so long; then its age is written out. */
const FRESH_MS = 15_000;

/** How old a price is: a dot while it is fresh, else its age, and a warning where the server calls it stale. */
export function Age({ at, stale }: AgeProps) {
  const text = useNow((nowMs) => (isFresh(at, nowMs) && !stale ? "" : formatAge(at, nowMs)));
  const label = `${stale ? "Old price" : "Price"} of ${formatExactTime(at)}`;
  return (
    <Tooltip label={label}>
      {text === "" ? (
        <span className={classes["fresh"]}>
          <span className={classes["dot"]} aria-hidden="true" />
          now
        </span>
      ) : (
        <span className={stale ? classes["stale"] : undefined}>{stale ? `old · ${text}` : text}</span>
      )}
    </Tooltip>
  );
}

/** The same for a whole sum, in a sentence: its oldest price decides. */
export function Freshness({ at, stale }: AgeProps) {
  const text = useNow((nowMs) => {
    if (stale) return `Some prices are old, the oldest of ${formatDateTime(at)}`;
    if (isFresh(at, nowMs)) return "Prices up to date";
    const age = formatAge(at, nowMs);
    return nowMs - Date.parse(at) < DAY_MS ? `Oldest price ${age} ago` : `Oldest price of ${age}`;
  });
  return (
    <Tooltip label={`Oldest price of ${formatExactTime(at)}`}>
      <span className={stale ? classes["stale"] : undefined}>{text}</span>
    </Tooltip>
  );
}

const DAY_MS = 86_400_000;
const isFresh = (at: string, nowMs: number) => nowMs - Date.parse(at) < FRESH_MS;
