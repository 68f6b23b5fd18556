import { Tooltip } from "@mantine/core";
import classes from "./term-mark.module.css";

/** Held for more than a year or not: the line that most tax codes draw. "Short" alone would read as sold short. */
export function TermMark({ term }: { term: "short" | "long" }) {
  return (
    <Tooltip label={term === "long" ? "Held for more than a year" : "Held for a year or less"}>
      <span className={classes["mark"]} data-term={term}>
        {term === "long" ? "Long term" : "Short term"}
      </span>
    </Tooltip>
  );
}
