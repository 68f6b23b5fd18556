/*
 * From what a lot cost to its part of a gain, and from the parts to the whole. Three kinds of transactions dispose:
 *
 *   a trade              the lot's side is its cost × shares ÷ shares there were; the trade's side quantity × price and the fee
 *   a return of capital  proceeds are the payment × shares ÷ all shares; as much of the cost goes, but no more than is left
 *   a merger's cash      proceeds are shares × cash for one; the share of the cost that is sold for it is given
 *
 * Of a short lot the proceeds are the lot's side, and the cost is the trade's.
 */
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { Step } from "#contracts/explanations.ts";
import {
  formatPrice,
  type Money,
  multiplyByRate,
  type Price,
  quantity as readQuantity,
  ZERO_MONEY,
} from "#domain/amounts.ts";
import type { BaseGain, DisposalSlice, Gain } from "#domain/disposal.ts";
import { explainDisposal } from "#domain/explain-disposal.ts";
import { invariant } from "#domain/invariant.ts";
import type { AccountDisposal } from "#domain/ledger/ledger.ts";
import { eventsUpTo, type LotEvent, settledAt } from "#domain/lot-story.ts";
import { addRatios, type Ratio, ratioOf, ZERO_RATIO } from "#domain/ratio.ts";
import type { ExplainedDisposal } from "#use-cases/explain-disposal.ts";
import type { ExplainedLedger } from "#use-cases/explain-ledger.ts";
import { toMoney } from "./amounts.ts";
import {
  differenceFormula,
  exactMoney,
  exactQuantity,
  factor,
  moneyStep,
  shareFormula,
  sumSteps,
} from "./explanation-formulas.ts";
import { amountOf, inMeasure, makingSteps, type Measure, tradeFormula } from "./explanation-making.ts";
import { versionOf } from "./explanation-words.ts";

/** All steps of each slice: how the lot's cost came about, what of it went, and the gain, in both currencies. */
export function stepsOfSlices(explained: ExplainedDisposal): Step[][] {
  const { disposal, stories } = explained;
  const version = versionOf(explained, disposal.id);
  const paidOn = heldBy(disposal);
  return explainDisposal(disposal).map(({ slice, unit, trade }) => {
    const quantity = ratioOf(slice.quantity, unit);
    const before = stories.before(slice);
    const part: Part = { slice, side: disposal.side, version, before, quantity, paidOn };
    const events = eventsUpTo(before);
    const making = makingSteps(explained, events, { measure: "own", toLast: false });
    const inBase = isForeign(explained) ? baseSteps(explained, part, events) : [];
    return [...making, ...ownSteps(part, trade?.feeShare ?? ZERO_MONEY), ...inBase];
  });
}

/** The steps from the slices to the disposal. Of one slice only its gain, which is that of the disposal. */
export function totalSteps(explained: ExplainedDisposal): Step[] {
  const { disposal, portfolio } = explained;
  const base = isForeign(explained) ? disposal.base : undefined;
  const gains = [
    ...gainSteps(disposal, ""),
    ...(base === undefined ? [] : gainSteps(base, ` in ${portfolio.base_currency}`)),
  ];
  if (disposal.slices.length === 1) return gains;
  const sums = (gain: (slice: DisposalSlice) => Gain | BaseGain | undefined, suffix: string) => [
    ...sumSteps(
      `Proceeds of the lots${suffix}`,
      disposal.slices.flatMap((slice) => gain(slice)?.proceeds ?? []),
    ),
    ...sumSteps(
      `Cost of the lots${suffix}`,
      disposal.slices.flatMap((slice) => gain(slice)?.costBasis ?? []),
    ),
  ];
  const suffix = ` in ${portfolio.base_currency}`;
  return [
    ...wholeTradeStep(explained),
    ...sums((slice) => slice, ""),
    ...gainSteps(disposal, ""),
    ...(base === undefined
      ? []
      : [
          ...sums((slice) => slice.base, suffix),
          ...gainSteps(base, suffix),
          ...sumSteps(
            `Of it from the exchange rate${suffix}`,
            disposal.slices.flatMap((slice) => slice.base?.exchangeGain ?? []),
          ),
        ]),
  ];
}

/** Whether the gain is also one in another currency. */
export function isForeign({ currencies, place, portfolio }: ExplainedLedger): boolean {
  return currencies.get(place.instrument) !== portfolio.base_currency;
}

/** A slice with what its figures follow from. */
interface Part {
  readonly slice: DisposalSlice;
  readonly side: AccountDisposal["side"];
  readonly version: LedgerVersion;
  /** The lot as it stood before. */
  readonly before: LotEvent;
  readonly quantity: Ratio;
  /** What all that shared in the payment held. */
  readonly paidOn: Ratio;
}

function heldBy({ slices }: AccountDisposal): Ratio {
  // Only payments are divided by it, and they have few lots; trades of thousands would add up in vain.
  if (slices.some((slice) => slice.quantity !== 0n)) return ZERO_RATIO;
  return slices.reduce(
    (sum, { lot }) => addRatios(sum, ratioOf(lot.remainingQuantity, lot.unit ?? 1n)),
    ZERO_RATIO,
  );
}

function ownSteps(part: Part, feeShare: Money): Step[] {
  const { slice, side, version, quantity } = part;
  const [lotSide, tradeSide] = [lotFormula(part, "own"), otherFormula(part)];
  return [
    ...(feeShare === 0n ? [] : [moneyStep("Its share of the fee", feeFormula(version, quantity), feeShare)]),
    moneyStep(proceedsLabel(part), side === "long" ? tradeSide : lotSide, slice.proceeds),
    moneyStep(costLabel(part), side === "long" ? lotSide : tradeSide, slice.costBasis),
    ...gainSteps(slice, ""),
  ];
}

/** The same in the base currency: the lot's side at the rate of its opening, the trade's at that of the closing. */
function baseSteps(explained: ExplainedDisposal, part: Part, events: readonly LotEvent[]): Step[] {
  const { disposal, portfolio } = explained;
  const { slice, side, version } = part;
  const { base } = slice;
  const { exchangeRate } = disposal;
  invariant(
    base !== undefined && exchangeRate !== undefined,
    `slice of lot ${slice.lotId} has no base figures`,
  );
  const [rate, suffix] = [formatPrice(exchangeRate), ` in ${portfolio.base_currency}`];
  const [lotSide, tradeSide] = [lotFormula(part, "base"), inMeasure(otherFormula(part), rate)];
  const isLong = side === "long";
  const [own, ownBase] = isLong ? [slice.costBasis, base.costBasis] : [slice.proceeds, base.proceeds];
  const atClosing = `${factor(exactMoney(own))} × ${rate}`;
  const change = isLong
    ? `${atClosing} − ${factor(exactMoney(ownBase))}`
    : `${exactMoney(ownBase)} − ${atClosing}`;
  const from = version.type === "buy" || version.type === "sell" ? settledAt(part.before) : part.before;
  return [
    ...openingSteps(explained, { from, events, rate: slice.lot.openingRate }),
    moneyStep(
      `${proceedsLabel(part)}${suffix}${isLong ? `, at ${rate}` : ""}`,
      isLong ? tradeSide : lotSide,
      base.proceeds,
    ),
    moneyStep(
      `${costLabel(part)}${suffix}${isLong ? "" : `, at ${rate}`}`,
      isLong ? lotSide : tradeSide,
      base.costBasis,
    ),
    ...gainSteps(base, suffix),
    moneyStep("Of it from the exchange rate, between opening and closing", change, base.exchangeGain),
  ];
}

/** The base cost of a lot: at the rate of its opening, or, where there is no one rate, how it came about. */
export function openingSteps(
  ledger: ExplainedLedger,
  lot: { from: LotEvent; events: readonly LotEvent[]; rate: Price | undefined; toLast?: boolean },
): Step[] {
  const { from, events, rate } = lot;
  const baseCost = amountOf(from, "base");
  const isOneRate = rate !== undefined && toMoney(multiplyByRate(from.cost, rate)) === toMoney(baseCost);
  if (!isOneRate) return makingSteps(ledger, events, { measure: "base", toLast: lot.toLast ?? false });
  const text = formatPrice(rate);
  const noun = from.side === "long" ? "Cost" : "Net proceeds";
  const label = `${noun} in ${ledger.portfolio.base_currency}, at ${text} when it was opened`;
  return [moneyStep(label, inMeasure(exactMoney(from.cost), text), baseCost)];
}

/** Also of a disposal, and in either currency. */
function gainSteps({ proceeds, costBasis, realizedGain }: Gain | BaseGain, suffix: string): Step[] {
  return [moneyStep(`Gain${suffix}`, differenceFormula(proceeds, costBasis), realizedGain)];
}

/** What the trade brought or cost as a whole, which the lots have divided among them. */
function wholeTradeStep({ disposal, versions }: ExplainedDisposal): Step[] {
  const version = versions.get(disposal.id);
  if (version === undefined || (version.type !== "buy" && version.type !== "sell")) return [];
  const isLong = disposal.side === "long";
  const count = version.quantity ?? "0";
  const closed = ratioOf(disposal.quantity, disposal.unit ?? 1n);
  const whole = tradeFormula(version, count);
  const formula =
    exactQuantity(closed) === count ? whole : `${factor(whole)} × ${exactQuantity(closed)} ÷ ${count}`;
  const label = isLong ? "What the sale brought" : "What buying back cost";
  return [moneyStep(label, formula, isLong ? disposal.proceeds : disposal.costBasis)];
}

function proceedsLabel({ side, version }: Part): string {
  if (side === "short") return "Proceeds, from the lot";
  if (version.type === "return-of-capital") return "Its share of the payment";
  if (version.type === "merger") return "Cash received";
  return version.fees === "0" ? "Proceeds" : "Proceeds, less the fee";
}

function costLabel({ side, version }: Part): string {
  if (side === "long") return version.type === "sell" ? "Cost of what was sold" : "Cost given for it";
  if (version.type === "merger") return "Cash paid";
  return version.fees === "0" ? "Cost of buying back" : "Cost of buying back, with the fee";
}

/** What leaves the lot. */
function lotFormula(part: Part, measure: Measure): string {
  const { slice, version, before, quantity, side } = part;
  const settled = settledAt(before);
  const had = exactMoney(amountOf(settled, measure));
  if (version.type === "merger")
    return `${factor(exactMoney(amountOf(before, measure)))} × ${version.cost_share ?? "0"}`;
  if (version.type !== "return-of-capital") return shareFormula(had, quantity, settled.quantity);
  const given = side === "long" ? slice.costBasis : slice.proceeds;
  const left = exactMoney(amountOf(before, measure));
  if (given === before.cost) return left;
  return measure === "own"
    ? otherFormula(part)
    : `${left} × ${exactMoney(given)} ÷ ${exactMoney(before.cost)}`;
}

/** What is received or paid for it. */
function otherFormula({ version, before, quantity, paidOn }: Part): string {
  if (version.type === "merger")
    return `${exactQuantity(before.quantity)} × ${version.cash_per_share ?? "0"}`;
  if (version.type === "return-of-capital")
    return shareFormula(version.amount ?? "0", before.quantity, paidOn);
  const gross = `${exactQuantity(quantity)} × ${version.price ?? "0"}`;
  if (version.fees === "0") return gross;
  return `${gross} ${version.type === "buy" ? "+" : "−"} ${feeFormula(version, quantity)}`;
}

function feeFormula(version: LedgerVersion, quantity: Ratio): string {
  return shareFormula(version.fees, quantity, ratioOf(readQuantity(version.quantity ?? "1"), 1n));
}
