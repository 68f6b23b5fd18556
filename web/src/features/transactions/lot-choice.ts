import type { LotSelection } from "#contracts/transactions.ts";
import { formatDecimal, parseDecimal } from "#domain/decimal.ts";

/** Which lots a sale, a cover or a transfer names, while they are being chosen. */

/** Shape: one entry a lot; the quantity as typed, so it may be anything. */
export type LotChoice = readonly LotSelection[];

const SCALE = 18;
const unitsOf = (text: string) => parseDecimal(text.trim(), SCALE);

/** Returns the choice with so much of one lot; an empty quantity takes the lot out. */
export function chooseLot(choice: LotChoice, lotId: string, quantity: string): LotChoice {
  const isNew = !choice.some((chosen) => chosen.lotId === lotId);
  const next = isNew
    ? [...choice, { lotId, quantity }]
    : choice.map((chosen) => (chosen.lotId === lotId ? { lotId, quantity } : chosen));
  return next.filter((chosen) => chosen.quantity.trim() !== "");
}

export const chosenOf = (choice: LotChoice, lotId: string): string =>
  choice.find((chosen) => chosen.lotId === lotId)?.quantity ?? "";

export interface Tally {
  /** Of all quantities that are decimals already. */
  readonly sum: string;
  /** What the quantity still asks for; undefined when nothing, or while it is not a decimal. */
  readonly missing: string | undefined;
  /** What is named beyond the quantity. */
  readonly excess: string | undefined;
}

/** The running sum of a choice, against the quantity that it has to add up to. */
export function tallyLots(choice: LotChoice, quantity: string): Tally {
  const sum = choice.reduce((total, chosen) => total + (unitsOf(chosen.quantity) ?? 0n), 0n);
  const wanted = unitsOf(quantity);
  const left = wanted === undefined ? 0n : wanted - sum;
  return {
    sum: formatDecimal(sum, SCALE),
    missing: left > 0n ? formatDecimal(left, SCALE) : undefined,
    excess: left < 0n ? formatDecimal(-left, SCALE) : undefined,
  };
}

/** As much of a lot as it has and as the quantity still asks for; all of it while no quantity is given. */
export function mostOf(
  choice: LotChoice,
  lot: { readonly id: string; readonly available: string },
  quantity: string,
): string {
  const available = unitsOf(lot.available) ?? 0n;
  const wanted = unitsOf(quantity);
  if (wanted === undefined || wanted <= 0n) return formatDecimal(available, SCALE);
  const others = tallyLots(chooseLot(choice, lot.id, ""), quantity);
  const open = unitsOf(others.missing ?? "0") ?? 0n;
  return formatDecimal(open < available ? open : available, SCALE);
}

/** Whether so much of a lot is more than it has. Not a fault: a sale of an earlier day may have met more of it. */
export function isMoreThan(quantity: string, available: string): boolean {
  return (unitsOf(quantity) ?? 0n) > (unitsOf(available) ?? 0n);
}

/** An open lot, and how much of it this transaction can have. */
export interface AvailableLot<Lot> {
  readonly lot: Lot;
  readonly available: string;
}

interface Named {
  readonly status: string;
  readonly lots?: readonly LotSelection[] | undefined;
}

/**
 * The lots of one side. What a matched transaction has already taken is its own to take again when it is edited.
 * Shape: in the order of `lots`.
 */
export function availableLots<
  Lot extends { readonly id: string; readonly side: string; readonly remainingQuantity: string },
>(lots: readonly Lot[], side: string, edited: Named | undefined): readonly AvailableLot<Lot>[] {
  const taken = edited?.status === "matched" ? (edited.lots ?? []) : [];
  return lots
    .filter((lot) => lot.side === side)
    .map((lot) => {
      const remaining = unitsOf(lot.remainingQuantity.replace(/^-/, "")) ?? 0n;
      const own = unitsOf(chosenOf(taken, lot.id)) ?? 0n;
      return { lot, available: formatDecimal(remaining + own, SCALE) };
    });
}
