import type { Position } from "#contracts/positions.ts";
import { compareDecimals } from "#web/components/decimal.ts";

/** The order of the rows, worked out apart from the rows, so that a tick which changes no order draws no table. */

export const SORT_COLUMNS = [
  "symbol",
  "quantity",
  "averageCost",
  "price",
  "marketValue",
  "dayChange",
  "unrealizedGain",
  "weight",
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export interface Sort {
  readonly column: SortColumn;
  readonly direction: "ascending" | "descending";
}

/** Largest first is what one looks for in figures, A first in names. */
export const firstDirection = (column: SortColumn): Sort["direction"] =>
  column === "symbol" ? "ascending" : "descending";

/** Symbols in the order asked for. A missing figure sorts last both ways; equal ones sort by symbol. */
export function orderSymbols(positions: Iterable<Position>, sort: Sort): string[] {
  const turn = sort.direction === "ascending" ? 1 : -1;
  return [...positions]
    .toSorted((a, b) => compareBy(sort.column, turn, a, b) || compareText(a.symbol, b.symbol))
    .map(({ symbol }) => symbol);
}

function compareBy(column: SortColumn, turn: number, a: Position, b: Position): number {
  if (column === "symbol") return turn * compareText(a.symbol, b.symbol);
  const left = a[column];
  const right = b[column];
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  return turn * compareDecimals(left, right);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** While the pointer is over the table rows keep their places: gone ones leave, new ones join at the end. */
export function holdOrder(held: readonly string[], wanted: readonly string[]): string[] {
  const present = new Set(wanted);
  const kept = held.filter((symbol) => present.has(symbol));
  const known = new Set(kept);
  return [...kept, ...wanted.filter((symbol) => !known.has(symbol))];
}

export const sameOrder = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((symbol, index) => symbol === b[index]);
