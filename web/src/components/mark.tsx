import { Tooltip } from "@mantine/core";
import classes from "./mark.module.css";

interface MarkProps {
  readonly label: string;
  /** The sentence behind the word, for pointer and touch. */
  readonly why: string;
  /** Says the sentence to a screen reader too, where the word alone does not explain itself. */
  readonly spoken?: boolean;
  readonly strong?: boolean;
  readonly term?: string;
}

/** A word on a small plate: what is particular about a lot or a position. */
export function Mark({ label, why, spoken = false, strong = false, term }: MarkProps) {
  return (
    <Tooltip label={why} events={{ hover: true, focus: false, touch: true }}>
      <span
        className={classes["mark"]}
        data-tone={strong ? "strong" : undefined}
        data-term={term}
        {...(spoken ? { role: "note", "aria-label": `${label}: ${why}` } : {})}
      >
        {label}
      </span>
    </Tooltip>
  );
}
