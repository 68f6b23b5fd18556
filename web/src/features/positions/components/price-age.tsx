import type { Position } from "#contracts/positions.ts";
import { Age } from "#web/components/age.tsx";
import classes from "./positions.module.css";

/** How old the price of a position is, or that there is none: the reason for every dash in its row. */
export function PriceAge({ position }: { position: Position }) {
  if (position.price === null) return <span className={classes["noPrice"]}>no price known</span>;
  return position.priceAsOf === null ? null : <Age at={position.priceAsOf} stale={position.stale} />;
}
