import type { Lot } from "#contracts/positions.ts";
import { formatDecimal, parseDecimal } from "#domain/decimal.ts";

/** Which open lots a sale would close, oldest first. Quantities only: what the sale gains is worked out by the server. */

const SCALE = 18;

export interface ClosingPreview {
  readonly closings: readonly { readonly lot: Lot; readonly quantity: string; readonly whole: boolean }[];
  /** What the sale asks for beyond all open lots; undefined when they suffice. */
  readonly missing: string | undefined;
}

/** Shape: `lots` oldest first, as the server lists them. Undefined while the quantity is not a decimal above zero. */
export function previewClosing(lots: readonly Lot[], quantityText: string): ClosingPreview | undefined {
  let left = parseDecimal(quantityText.trim(), SCALE) ?? 0n;
  if (left <= 0n) return undefined;
  const closings: { lot: Lot; quantity: string; whole: boolean }[] = [];
  for (const lot of lots) {
    const remaining = parseDecimal(lot.remainingQuantity, SCALE);
    if (left === 0n || remaining === undefined || lot.side !== "long") continue;
    const taken = left < remaining ? left : remaining;
    closings.push({ lot, quantity: formatDecimal(taken, SCALE), whole: taken === remaining });
    left -= taken;
  }
  return { closings, missing: left === 0n ? undefined : formatDecimal(left, SCALE) };
}
