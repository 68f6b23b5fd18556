import { Mark } from "./mark.tsx";

/** Sold before it was bought. */
export const ShortMark = () => (
  <Mark label="Short" why="Sold before it was bought: what is owed counts below zero" strong spoken />
);
