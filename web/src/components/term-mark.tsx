import { Mark } from "./mark.tsx";

/**
 * Held for more than a year or not: the line that most tax codes draw. "Short" alone would read as sold short. A part of a
 * pool has no term.
 */
export function TermMark({ term }: { term: "short" | "long" | null }) {
  if (term === "long") return <Mark label="Long term" why="Held for more than a year" term="long" />;
  if (term === "short") return <Mark label="Short term" why="Held for a year or less" term="short" />;
  return <Mark label="Pool" why={POOL} term="pool" spoken />;
}

const POOL =
  "At average cost all purchases are in one pool. What is taken from it has no date of its own, so it is neither short nor long term.";
