import { Collapse } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { LotStory } from "#contracts/explanations.ts";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { ShortMark } from "#web/components/short-mark.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import classes from "./explanations.module.css";

interface LotSectionProps {
  readonly story: LotStory;
  readonly term?: "short" | "long" | null;
  /** The figure that the lot is here for, such as its part of the gain. */
  readonly result: ReactNode;
  readonly opened: boolean;
  /** The reader came for this lot: it takes the focus. */
  readonly wanted?: boolean;
  readonly children: ReactNode;
}

/** One lot of an explanation: its name and figure in a line, which opens to its story. */
export function LotSection({ story, term, result, opened, wanted = false, children }: LotSectionProps) {
  const [shown, setShown] = useState(opened || wanted);
  const head = useRef<HTMLButtonElement>(null);
  const body = useId();
  useEffect(() => {
    if (!wanted) return;
    head.current?.focus({ preventScroll: true });
    head.current?.scrollIntoView({ block: "start" });
  }, [wanted]);
  return (
    <li className={classes["lot"]} data-lot={story.lotId}>
      <h3>
        <button
          ref={head}
          type="button"
          className={classes["lotHead"]}
          aria-expanded={shown}
          aria-controls={body}
          onClick={() => setShown(!shown)}
        >
          <IconChevronRight
            size={16}
            className={classes["chevron"]}
            data-opened={shown || undefined}
            aria-hidden
          />
          <span className={classes["lotName"]}>
            <strong title={formatExactTime(story.openedAt)}>
              {story.isPool ? "The pool" : `Lot of ${formatDate(story.openedAt)}`}
            </strong>
            {term === undefined ? null : <TermMark term={term} />}
            {story.side === "short" ? <ShortMark /> : null}
          </span>
          <span className={classes["lotResult"]}>{result}</span>
        </button>
      </h3>
      <Collapse expanded={shown} id={body} keepMounted={false}>
        <div className={classes["lotBody"]}>{children}</div>
      </Collapse>
    </li>
  );
}
