/*
 * The harvest: which open lots stand at a loss, and what selling them today would make of it.
 *
 * Problem. A position that gained as a whole can hold lots that lost, and only lots can be sold for their loss.
 * Whether the loss is short or long term, and for how many days still short, decides when to sell it.
 *
 * Approach. Every open lot is valued on its own at the price of its instrument:
 *   long    loss = remaining cost − quantity × price             it was bought for more
 *   short   loss = quantity × price − remaining net proceeds     it was sold for less
 * The lots with a loss above zero are listed, the largest first, and added up by term; where a term or a least
 * loss is asked for, only those that fit.
 *
 * Worked example, on 2024-06-03 at a price of 15.
 *   b1  10 for 100 since 2022-03-01   gain 50            not listed
 *   b2  10 for 300 since 2023-05-20   loss 150, long
 *   b3  10 for 200 since 2023-06-10   loss  50, short; long from 2024-06-11
 *   totals: long 150, short 50, together 200
 *
 * Nothing is made up. A holding without a price is not judged but named in `unpriced`. Losses in different
 * currencies are never compared or added: there is a list and there are totals per currency. The term of a lot
 * without a local trade date is unknown, and so is that of a pool: under average cost the whole holding is one
 * lot with no opening of its own (`what-if.ts`).
 *
 * Limits. Losses are in the instrument's currency; in the base currency a change of the exchange rate adds to
 * them or takes from them. The fees of selling are not known yet and not in them: `what-if.ts` answers for a
 * sale with its fees. Wash-sale rules are not modelled.
 */
import {
  add,
  type Money,
  multiplyUnits,
  type Price,
  type Quantity,
  subtract,
  ZERO_MONEY,
} from "./amounts.ts";
import { dayNumber, type DayNumber } from "./day-number.ts";
import { type Term, termOf } from "./gain-by-term.ts";
import { type HoldingTerm, holdingTerm } from "./holding-period.ts";
import type { HoldingPlace } from "./ledger/ledger.ts";
import { compareText } from "./ledger/open-ledger.ts";
import { type LotMethod, oldestFirst } from "./lot-order.ts";
import { remainingCost, type TaxLot } from "./tax-lot.ts";

/** The open lots of one instrument in one account, and today's price of it. */
export interface PricedHolding extends HoldingPlace {
  /** Of the instrument: of the costs of its lots and of its price. */
  readonly currency: string;
  /** Of the account: under `average` the one open lot is a pool. */
  readonly method: LotMethod;
  /** Shape: in any order; may be empty. */
  readonly lots: readonly TaxLot[];
  /** Absent: not known. */
  readonly price?: Price | undefined;
}

/** What there is to harvest. */
export interface Harvest {
  /** Shape: sorted by currency; currencies without a loss are not listed. */
  readonly currencies: readonly CurrencyHarvest[];
  /** Holdings with open lots and no price. Shape: sorted by account, then instrument. */
  readonly unpriced: readonly HoldingPlace[];
}

/** The losses in one currency. */
export interface CurrencyHarvest {
  readonly currency: string;
  /** Shape: the largest loss first; equal losses by instrument, account, opening. Never empty. */
  readonly lots: readonly LosingLot[];
  readonly totals: Readonly<Record<Term | "all", HarvestTotal>>;
}

/** An open lot with an unrealized loss. Amounts are positive on both sides, as in a lot. */
export interface LosingLot extends HoldingPlace {
  readonly lot: TaxLot;
  /** What is left of the lot. Units: 1e-18 / `unit`. */
  readonly quantity: Quantity;
  /** In how many parts a share is counted. */
  readonly unit: bigint;
  /** What is left of the cost; for a short lot of the net proceeds. It may be below zero where fees exceeded them. */
  readonly cost: Money;
  /** quantity × price: what a sale would bring, or a cover cost, before fees. */
  readonly value: Money;
  /** Above zero. */
  readonly loss: Money;
  /** If it were closed today. */
  readonly term: Term;
  /** The first day on which it is long term, today or earlier when it is; undefined when the term is unknown. */
  readonly longTermFrom: string | undefined;
}

/** Losing lots added up. */
export interface HarvestTotal {
  readonly lotCount: number;
  readonly cost: Money;
  readonly value: Money;
  readonly loss: Money;
}

/**
 * Returns the open lots that stand at a loss, and their totals.
 *
 * Units: exact, except that what is counted in parts of a share (after a split) is valued half to even at 1e-36.
 * Shape: `holdings` in any order, one per account and instrument; `today` a civil date, YYYY-MM-DD.
 * Errors: a date that is no calendar date is a bug.
 */
export function harvestOf(question: HarvestQuestion): Harvest {
  const { holdings, today } = question;
  // Also where nothing is held that it would be needed for.
  dayNumber(today);
  const byCurrency = new Map<string, LosingLot[]>();
  const unpriced: HoldingPlace[] = [];
  for (const holding of holdings) {
    const { account, instrument, currency, price } = holding;
    const open = holding.lots.filter((lot) => lot.remainingQuantity > 0n);
    if (price === undefined) {
      if (open.length > 0) unpriced.push({ account, instrument });
      continue;
    }
    const losing = open
      .map((lot) => valueLot(holding, lot, { price, today }))
      .filter((lot) => isWanted(lot, question));
    if (losing.length === 0) continue;
    const others = byCurrency.get(currency);
    if (others === undefined) byCurrency.set(currency, losing);
    else others.push(...losing);
  }
  return {
    currencies: [...byCurrency]
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([currency, lots]) => ({
        currency,
        lots: lots.toSorted(byLoss),
        totals: totalsOf(lots),
      })),
    unpriced: unpriced.toSorted(
      (a, b) => compareText(a.account, b.account) || compareText(a.instrument, b.instrument),
    ),
  };
}

/** What is asked: which of these lots could be harvested on this day. */
export interface HarvestQuestion {
  readonly holdings: readonly PricedHolding[];
  /** The civil date where the lots are held. Shape: YYYY-MM-DD. */
  readonly today: string;
  /** Only lots of this term; absent: of any, an unknown one too. */
  readonly term?: HoldingTerm | undefined;
  /** Only losses of this much or more, of whichever currency; absent: every loss. */
  readonly minLoss?: Money | undefined;
}

function isWanted({ loss, term }: LosingLot, wanted: Pick<HarvestQuestion, "term" | "minLoss">): boolean {
  if (wanted.term !== undefined && term !== wanted.term) return false;
  return loss > 0n && loss >= (wanted.minLoss ?? ZERO_MONEY);
}

function valueLot(
  { account, instrument, method }: PricedHolding,
  lot: TaxLot,
  at: { readonly price: Price; readonly today: string },
): LosingLot {
  const { remainingQuantity: quantity, unit = 1n } = lot;
  const cost = remainingCost(lot);
  const value = multiplyUnits(quantity, unit, at.price);
  const loss = lot.side === "long" ? subtract(cost, value) : subtract(value, cost);
  const term = termOf(lot, { date: at.today, method });
  const longTermFrom =
    term === "unknown" || lot.openedDate === undefined ? undefined : longTermStart(lot.openedDate);
  return { account, instrument, lot, quantity, unit, cost, value, loss, term, longTermFrom };
}

/** Returns the first day on which the lot is long term, by the one rule there is for that (`holding-period.ts`). */
function longTermStart(openedDate: string): string {
  // A calendar year from the day after: 366 days, and 367 when a 29 February lies between.
  const earliest = dayNumber(openedDate) + 366;
  const date = civilDateOf(earliest);
  return holdingTerm(openedDate, date) === "long" ? date : civilDateOf(earliest + 1);
}

function civilDateOf(day: DayNumber): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

const DAY_MS = 86_400_000;

function byLoss(a: LosingLot, b: LosingLot): number {
  if (a.loss !== b.loss) return a.loss > b.loss ? -1 : 1;
  return (
    compareText(a.instrument, b.instrument) ||
    compareText(a.account, b.account) ||
    oldestFirst(a.lot, b.lot) ||
    compareText(a.lot.id, b.lot.id)
  );
}

function totalsOf(lots: readonly LosingLot[]): CurrencyHarvest["totals"] {
  const ofTerm = (term: Term) => totalOf(lots.filter((lot) => lot.term === term));
  return { short: ofTerm("short"), long: ofTerm("long"), unknown: ofTerm("unknown"), all: totalOf(lots) };
}

function totalOf(lots: readonly LosingLot[]): HarvestTotal {
  let [cost, value, loss] = [ZERO_MONEY, ZERO_MONEY, ZERO_MONEY];
  for (const lot of lots) {
    cost = add(cost, lot.cost);
    value = add(value, lot.value);
    loss = add(loss, lot.loss);
  }
  return { lotCount: lots.length, cost, value, loss };
}
