import type { Position } from "#contracts/positions.ts";
import { signOf } from "#web/components/decimal.ts";
import { ShortMark } from "#web/components/short-mark.tsx";
import classes from "./positions.module.css";

/** What is unusual about a position: another currency than the portfolio's, or sold short. */
export function Marks({ position, baseCurrency }: { position: Position; baseCurrency: string }) {
  const foreign = position.currency !== baseCurrency;
  const short = signOf(position.quantity) < 0;
  if (!foreign && !short) return null;
  return (
    <span className={classes["marks"]}>
      {foreign ? <span className={classes["currency"]}>{position.currency}</span> : null}
      {short ? <ShortMark /> : null}
    </span>
  );
}
