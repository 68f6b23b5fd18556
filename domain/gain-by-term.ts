/*
 * A gain divided into short and long term.
 *
 * A disposal's slices each come from one lot, and the lot's opening tells the term of the slice's gain
 * (`holding-period.ts`). Two cases have no such answer:
 *
 *   no date    the local trade date of the opening or of the closing was not given
 *   a pool     under average cost the holding is one lot, which carries the date of its first opening and has
 *              none of its own
 *
 * Their term is unknown, and nothing is guessed. Only where the lots that went into a pool are still known can its
 * gain be divided: by the single-category method the shares sold are taken to be those acquired first, and the
 * gain, which is the same for every share of a pool, is divided by quantity (`pooledGainByTerm`).
 */
import {
  add,
  lesser,
  type Money,
  type Quantity,
  shareOf,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "./amounts.ts";
import type { Disposal } from "./disposal.ts";
import { type HoldingTerm, holdingTerm } from "./holding-period.ts";
import { type LotMethod, oldestFirst } from "./lot-order.ts";
import type { TaxLot } from "./tax-lot.ts";

/** Short or long term, or not known: a pool, or a local trade date that was not given. */
export type Term = HoldingTerm | "unknown";

/** A gain divided by term. */
export type GainByTerm = Readonly<Record<Term, TermGain>>;

/** The part of a gain that has one term. */
export interface TermGain {
  readonly realizedGain: Money;
  /** The same in the base currency, its part from the exchange rate apart; absent: no base currency is kept. */
  readonly base?: { readonly realizedGain: Money; readonly exchangeGain: Money } | undefined;
}

/** Nothing was disposed of. */
export const NO_GAIN_BY_TERM: GainByTerm = sumByTerm([], false);

/**
 * Returns the term of a lot that is closed on a day, under the lot method of its account: under `average` it is
 * unknown, because a pool has no opening of its own.
 *
 * Shape: civil dates, YYYY-MM-DD; undefined: not given.
 */
export function termOf(
  { openedDate }: { readonly openedDate?: string | undefined },
  { date, method }: { readonly date: string | undefined; readonly method: LotMethod },
): Term {
  if (method === "average" || openedDate === undefined || date === undefined) return "unknown";
  return holdingTerm(openedDate, date);
}

/**
 * Returns the gain of a disposal divided by the terms of its slices; under `average` all of it is of unknown
 * term. Adds up to the disposal's gain exactly.
 *
 * Shape: `method` is the one that the disposal was matched under.
 */
export function gainByTerm(disposal: Disposal, method: LotMethod): GainByTerm {
  const hasBase = disposal.base !== undefined;
  // In one piece: what is unknown as a whole needs no adding up.
  if (method === "average") return sumByTerm([{ term: "unknown", gain: disposal }], hasBase);
  const closing = { date: disposal.disposedDate, method };
  const parts = disposal.slices.map((slice) => ({ term: termOf(slice.lot, closing), gain: slice }));
  return sumByTerm(parts, hasBase);
}

/**
 * Returns the gain of a disposal out of a pool of these lots, as if the oldest had been sold first. Adds up to it
 * exactly.
 *
 * Shape: `lots` are all that went into the pool, in any order.
 * Source: IRS Publication 564 (2009), "Average Basis", single-category method.
 */
export function pooledGainByTerm(disposal: Disposal, lots: readonly TaxLot[]): GainByTerm {
  const parts: { term: Term; gain: TermGain }[] = [];
  let [soFar, gainSoFar] = [ZERO_QUANTITY, gainUpTo(disposal, ZERO_QUANTITY)];
  // Here each lot counts with an opening of its own.
  const closing = { date: disposal.disposedDate, method: "fifo" as const };
  for (const lot of lots.toSorted(oldestFirst)) {
    const quantity = lesser(lot.remainingQuantity, subtract(disposal.quantity, soFar));
    if (quantity === 0n) break;
    soFar = add(soFar, quantity);
    const gainAfter = gainUpTo(disposal, soFar);
    parts.push({ term: termOf(lot, closing), gain: combine(gainAfter, gainSoFar, subtract) });
    gainSoFar = gainAfter;
  }
  return sumByTerm(parts, disposal.base !== undefined);
}

/** The gain of the first so many of the shares disposed of; of all of them it is the whole, without a rest. */
function gainUpTo({ realizedGain, base, quantity }: Disposal, point: Quantity): TermGain {
  const share = (amount: Money): Money => shareOf(amount, point, quantity);
  return {
    realizedGain: share(realizedGain),
    base: base && { realizedGain: share(base.realizedGain), exchangeGain: share(base.exchangeGain) },
  };
}

function sumByTerm(
  parts: readonly { readonly term: Term; readonly gain: TermGain }[],
  hasBase: boolean,
): GainByTerm {
  const none: TermGain = {
    realizedGain: ZERO_MONEY,
    base: hasBase ? { realizedGain: ZERO_MONEY, exchangeGain: ZERO_MONEY } : undefined,
  };
  const sums: Record<Term, TermGain> = { short: none, long: none, unknown: none };
  for (const { term, gain } of parts) sums[term] = combine(sums[term], gain, add);
  return sums;
}

function combine(a: TermGain, b: TermGain, operation: (a: Money, b: Money) => Money): TermGain {
  const base =
    a.base === undefined || b.base === undefined
      ? undefined
      : {
          realizedGain: operation(a.base.realizedGain, b.base.realizedGain),
          exchangeGain: operation(a.base.exchangeGain, b.base.exchangeGain),
        };
  return { realizedGain: operation(a.realizedGain, b.realizedGain), base };
}
