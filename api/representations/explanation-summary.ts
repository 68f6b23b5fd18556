/* The answer in a few sentences, before any arithmetic. */
import type { LotMethod } from "#contracts/portfolios.ts";
import type { Disposal } from "#contracts/positions.ts";
import { magnitude, type Money, quantity, subtract } from "#domain/amounts.ts";
import type { Disposal as DomainDisposal } from "#domain/disposal.ts";
import { gainByTerm } from "#domain/gain-by-term.ts";
import { ratioOf, subtractRatios } from "#domain/ratio.ts";
import type { ExplainedDisposal } from "#use-cases/explain-disposal.ts";
import type { ExplainedPosition } from "#use-cases/explain-position.ts";
import { isForeign } from "./explanation-slices.ts";
import {
  amountText,
  gainText,
  grouped,
  sharesText,
  symbolOf,
  tradeWords,
  versionOf,
} from "./explanation-words.ts";

export function summaryOfDisposal(explained: ExplainedDisposal): string[] {
  const { disposal, portfolio } = explained;
  const { proceeds, costBasis, base } = disposal;
  return [
    `${openingWords(explained)}: proceeds ${amountText(proceeds)}, cost ${amountText(costBasis)}, ${gainText(proceeds, costBasis)}.`,
    ...crossingSentence(explained),
    lotsSentence(explained),
    ...feeSentence(explained),
    ...termSentence(disposal, portfolio.lot_method),
    ...(base === undefined || !isForeign(explained)
      ? []
      : [
          `In ${portfolio.base_currency}: proceeds ${amountText(base.proceeds)}, cost ${amountText(base.costBasis)}, ` +
            `${gainText(base.proceeds, base.costBasis)}, of which ${amountText(base.exchangeGain)} come from the exchange rate.`,
        ]),
  ];
}

/** "Sold 80 ACME.SIM at 170 USD on 2026-03-02" */
function openingWords(explained: ExplainedDisposal): string {
  const { disposal, place } = explained;
  const version = versionOf(explained, disposal.id);
  const date = version.trade_date;
  const symbol = symbolOf(explained, place.instrument);
  switch (version.type) {
    case "buy":
      return `Bought back ${tradeWords(explained, version)} on ${date}`;
    case "sell":
      return `Sold ${tradeWords(explained, version)} on ${date}`;
    case "merger":
      return `Cash for ${symbol} in its merger on ${date}`;
    default:
      return `Return of capital on ${symbol} on ${date}`;
  }
}

function crossingSentence(explained: ExplainedDisposal): string[] {
  const { disposal } = explained;
  const version = versionOf(explained, disposal.id);
  if (version.type !== "buy" && version.type !== "sell") return [];
  const closed = ratioOf(disposal.quantity, disposal.unit ?? 1n);
  const rest = subtractRatios(ratioOf(quantity(version.quantity ?? "0"), 1n), closed);
  if (rest.numerator === 0n) return [];
  const [held, opened] = disposal.side === "long" ? ["held", "short"] : ["owed", "long"];
  return [
    `Only ${sharesText(closed)} of them were ${held}, and these figures are of them; the other ${sharesText(rest)} opened a ${opened} lot.`,
  ];
}

const METHOD_WORDS: Readonly<Record<Exclude<LotMethod, "average">, string>> = {
  fifo: "the oldest first",
  lifo: "the newest first",
  hifo: "the highest unit cost first",
  specific: "the oldest first, because none were named",
};

function lotsSentence(explained: ExplainedDisposal): string {
  const { disposal, portfolio } = explained;
  const version = versionOf(explained, disposal.id);
  const { slices } = disposal;
  const lots = slices.length === 1 ? "one lot" : `${slices.length} lots`;
  const isPayment = version.type !== "buy" && version.type !== "sell";
  if (portfolio.lot_method === "average") {
    const lot = slices[0]!.lot;
    const count = sharesText(ratioOf(lot.remainingQuantity, lot.unit ?? 1n));
    return isPayment
      ? `It was paid on the pool of ${count}.`
      : `They came from the pool of ${count}, at its average cost.`;
  }
  if (isPayment) return `It was paid on ${lots}, and divided among them by quantity.`;
  const order = version.lots === null ? METHOD_WORDS[portfolio.lot_method] : "as they were named";
  const dates = slices.flatMap(({ lot }) => lot.openedDate ?? []).toSorted();
  const [first, last] = [dates[0], dates.at(-1)];
  const opened = first === last ? `opened on ${first}` : `opened between ${first} and ${last}`;
  return slices.length === 1
    ? `They came from ${lots} ${opened}; lots are taken ${order}.`
    : `They came from ${lots} ${opened}, taken ${order}.`;
}

function feeSentence({ disposal }: ExplainedDisposal): string[] {
  if (disposal.fees === 0n) return [];
  const fee = amountText(disposal.fees);
  return [
    disposal.side === "long"
      ? `The fee of ${fee} is taken off the proceeds.`
      : `The fee of ${fee} is part of the cost.`,
  ];
}

function termSentence(disposal: DomainDisposal, method: LotMethod): string[] {
  const terms = gainByTerm(disposal, method);
  const of = (term: "short" | "long") => disposal.slices.length > 0 && terms[term].realizedGain !== 0n;
  if (method === "average") return ["A pool has no holding period of its own, so that the gain has no term."];
  if (of("short") && of("long")) {
    const parts = (["short", "long"] as const).map(
      (term) => `${amountText(terms[term].realizedGain)} ${term} term`,
    );
    return [`Of the gain, ${parts.join(" and ")}.`];
  }
  if (!of("short") && !of("long")) return [];
  return [`All of it is ${of("short") ? "short" : "long"} term.`];
}

/** What a slice took from its lot, in a sentence. `wire` is the same slice as it is shown. */
export function sliceText(
  explained: ExplainedDisposal,
  { index, wire }: { index: number; wire: Disposal["slices"][number] },
): string {
  const { disposal, portfolio, stories } = explained;
  const slice = disposal.slices[index]!;
  const before = stories.before(slice);
  const lot =
    portfolio.lot_method === "average"
      ? `the pool of ${sharesText(before.quantity)}`
      : `the ${sharesText(before.quantity)} in the lot of ${slice.lot.openedDate}`;
  const figures = `proceeds ${amountText(slice.proceeds)}, cost ${amountText(slice.costBasis)}, ${gainText(slice.proceeds, slice.costBasis)}`;
  const term = wire.term === null ? "" : `, ${wire.term} term`;
  return slice.quantity === 0n
    ? `Paid on ${lot}: ${figures}${term}`
    : `${grouped(wire.quantity)} of ${lot}: ${figures}${term}`;
}

export function summaryOfPosition(explained: ExplainedPosition, averageCost: string | null): string[] {
  const { holding, portfolio, stories, place, row } = explained;
  const symbol = symbolOf(explained, place.instrument);
  const closings = stories.disposalsOf(place).length;
  const base = isForeign(explained) ? holding.base : undefined;
  const isHeld = holding.quantity !== 0n;
  return [
    heldSentence(explained, { symbol, averageCost }),
    ...(closings === 0
      ? []
      : [
          `So far ${closings === 1 ? "one closing" : `${closings} closings`} realized a ${gainOrLoss(holding.realizedGain)} ${row.currency}.`,
        ]),
    ...(holding.fees === 0n
      ? []
      : [`Fees of ${amountText(holding.fees)} ${row.currency} are part of the costs and gains.`]),
    ...(base === undefined || !isHeld
      ? []
      : [
          `In ${portfolio.base_currency} the cost is ${amountText(base.costBasis)}, each lot at the rate of its opening.`,
        ]),
  ];
}

function heldSentence(
  { holding, portfolio, row }: ExplainedPosition,
  { symbol, averageCost }: { symbol: string; averageCost: string | null },
): string {
  if (averageCost === null) return `Nothing of ${symbol} is held: there is no cost.`;
  const count = sharesText(ratioOf(magnitude(holding.quantity), holding.unit ?? 1n));
  const lots =
    portfolio.lot_method === "average"
      ? "one pool"
      : holding.lots.length === 1
        ? "one lot"
        : `${holding.lots.length} lots`;
  const each = `${grouped(averageCost)} each on average`;
  return holding.quantity > 0n
    ? `${count} ${symbol} are held in ${lots} and cost ${amountText(holding.costBasis)} ${row.currency}, ${each}.`
    : `${count} ${symbol} are owed: sold short in ${lots} for ${amountText(magnitude(holding.costBasis))} ${row.currency}, ${each}.`;
}

function gainOrLoss(gain: Money): string {
  return gain < 0n ? `loss of ${amountText(subtract(0n as Money, gain))}` : `gain of ${amountText(gain)}`;
}
