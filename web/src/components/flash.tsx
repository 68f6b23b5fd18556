import { useState, type ReactNode } from "react";
import { compareDecimals, type Sign } from "./decimal.ts";
import classes from "./numbers.module.css";

/** Tints its content for a moment when the figure changes: upwards or downwards, by the exact decimals. */
export function Flash({ value, children }: { value: string | null; children: ReactNode }) {
  const [seen, setSeen] = useState<{ value: string | null; direction: Sign; turn: number }>({
    value,
    direction: 0,
    turn: 0,
  });
  if (seen.value !== value) {
    const direction = seen.value === null || value === null ? 0 : compareDecimals(value, seen.value);
    setSeen({ value, direction, turn: seen.turn + 1 });
  }
  const tint = seen.direction === 0 ? "" : seen.direction > 0 ? classes["rose"] : classes["fell"];
  // A new key starts the animation again when the figure moves twice in the same direction.
  return (
    <span key={seen.turn} className={`${classes["flash"]} ${tint}`}>
      {children}
    </span>
  );
}
