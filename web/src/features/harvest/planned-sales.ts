import type { Harvest } from "#contracts/planning.ts";
import { negateDecimal, sumDecimals } from "#web/components/decimal.ts";

export type HarvestItem = Harvest["items"][number];

/** One sale, or cover, that closes all the chosen lots of one symbol. */
export interface PlannedSale {
  readonly type: "buy" | "sell";
  readonly symbol: string;
  readonly currency: string;
  readonly quantity: string;
  readonly loss: string;
  readonly lots: readonly { readonly lotId: string; readonly quantity: string }[];
}

/** A lot keeps its id in a spin-off, so that only with its symbol it names one lot. */
export const lotKey = ({ lot }: HarvestItem): string => `${lot.symbol} ${lot.id}`;

/** What would have to be recorded to close the chosen lots. Shape: one a symbol, in the order of the list. */
export function planSales(items: readonly HarvestItem[], chosen: ReadonlySet<string>): PlannedSale[] {
  const bySymbol = Map.groupBy(
    items.filter((item) => chosen.has(lotKey(item))),
    ({ lot }) => lot.symbol,
  );
  return [...bySymbol].map(([symbol, group]) => ({
    type: group[0]?.lot.side === "short" ? "buy" : "sell",
    symbol,
    currency: group[0]?.currency ?? "",
    quantity: sumDecimals(group.map(heldIn)),
    loss: sumDecimals(group.map(({ loss }) => loss)),
    lots: group.map((item) => ({ lotId: item.lot.id, quantity: heldIn(item) })),
  }));
}

/** A trade has no sign: its type says which way it goes. */
const heldIn = ({ lot }: HarvestItem): string => lot.remainingQuantity.replace(/^-/, "");

type Totals = Harvest["totals"][number];

/** What of a total is neither short nor long term: it stands in pools. */
export const withoutTerm = ({ total, shortTerm, longTerm }: Totals): string =>
  sumDecimals([total, negateDecimal(shortTerm), negateDecimal(longTerm)]);
