/* Explanations as they travel: figures as everywhere else, and behind them words, steps and transactions. */
import type { DisposalExplanation, LotStory, PositionExplanation, Step } from "#contracts/explanations.ts";
import type { Progress } from "#contracts/portfolios.ts";
import { divide, magnitude, type Money, negate } from "#domain/amounts.ts";
import { invariant } from "#domain/invariant.ts";
import { oldestFirst } from "#domain/lot-order.ts";
import { eventsUpTo, type LotEvent } from "#domain/lot-story.ts";
import { ratioOf } from "#domain/ratio.ts";
import { remainingBaseCost, remainingCost, type TaxLot } from "#domain/tax-lot.ts";
import type { DisposalRead, ExplainedDisposal } from "#use-cases/explain-disposal.ts";
import type { ExplainedLedger } from "#use-cases/explain-ledger.ts";
import type { ExplainedPosition } from "#use-cases/explain-position.ts";
import { toMoney, toQuantity, toUnitPrice } from "./amounts.ts";
import { exactMoney, exactQuantity, factor, moneyStep, sumSteps } from "./explanation-formulas.ts";
import { makingSteps } from "./explanation-making.ts";
import { isForeign, openingSteps, stepsOfSlices, totalSteps } from "./explanation-slices.ts";
import { sliceText, summaryOfDisposal, summaryOfPosition } from "./explanation-summary.ts";
import { eventText, toSource } from "./explanation-words.ts";
import { toDisposal } from "./lot.ts";

export function toDisposalExplanation(
  explained: ExplainedDisposal,
  { row, slices }: Pick<DisposalRead, "row" | "slices">,
  sequence: Progress,
): DisposalExplanation {
  const disposal = toDisposal(row, slices);
  const steps = stepsOfSlices(explained);
  return {
    disposal,
    lotMethod: explained.portfolio.lot_method,
    closing: toSource(explained, row.transaction_id),
    summary: summaryOfDisposal(explained),
    slices: disposal.slices.map((wire, index) => {
      const slice = explained.disposal.slices[index];
      invariant(slice !== undefined, "a stored slice is not in the replay");
      return {
        lot: toLotStory(explained, slice.lot, explained.stories.before(slice)),
        text: sliceText(explained, { index, wire }),
        steps: steps[index] ?? [],
        term: wire.term,
      };
    }),
    steps: totalSteps(explained),
    sequence,
  };
}

export function toPositionExplanation(explained: ExplainedPosition, sequence: Progress): PositionExplanation {
  const { holding, row, portfolio } = explained;
  const averageCost = averageCostOf(explained);
  const lots = holding.lots.toSorted(oldestFirst);
  return {
    symbol: row.symbol,
    currency: row.currency,
    lotMethod: portfolio.lot_method,
    quantity: toQuantity(holding.quantity, holding.unit),
    costBasis: toMoney(holding.costBasis),
    averageCost,
    realizedGain: toMoney(holding.realizedGain),
    summary: summaryOfPosition(explained, averageCost),
    lots: lots.map((lot) => toOpenLot(explained, lot)),
    steps: [...costSteps(explained, lots, averageCost), ...realizedSteps(explained)],
    sequence,
  };
}

function toOpenLot(explained: ExplainedPosition, lot: TaxLot): PositionExplanation["lots"][number] {
  const { stories, place } = explained;
  const last = stories.latest(place, lot.id);
  const cost = remainingCost(lot);
  invariant(last?.cost === cost, `the story of lot ${lot.id} ends with another cost than it has`);
  const events = eventsUpTo(last);
  return {
    lot: toLotStory(explained, lot, last),
    remainingQuantity: toQuantity(...countOf(last)),
    costBasis: toMoney(signed(lot, cost)),
    steps: [
      ...makingSteps(explained, events, { measure: "own", toLast: true }),
      ...(isForeign(explained)
        ? openingSteps(explained, { from: last, events, rate: lot.openingRate, toLast: true })
        : []),
      ...(lot.side === "short"
        ? [
            moneyStep(
              "Cost basis: proceeds count below zero",
              `0 − ${factor(exactMoney(cost))}`,
              negate(cost),
            ),
          ]
        : []),
    ],
  };
}

function toLotStory(explained: ExplainedLedger, lot: TaxLot, last: LotEvent): LotStory {
  invariant(lot.openedDate !== undefined, `lot ${lot.id} has no date`);
  return {
    lotId: lot.id,
    side: lot.side,
    openedAt: new Date(lot.openedAt).toISOString(),
    openedDate: lot.openedDate,
    isPool: explained.portfolio.lot_method === "average",
    events: eventsUpTo(last).map((event) => ({
      source: toSource(explained, event.transactionId),
      text: eventText(explained, event),
      quantity: toQuantity(...countOf(event)),
      cost: toMoney(signed(event, event.cost)),
    })),
  };
}

function countOf({ quantity }: LotEvent): Parameters<typeof toQuantity> {
  return [quantity.numerator as Parameters<typeof toQuantity>[0], quantity.denominator];
}

/** Of a short lot below zero, as in the listing of lots. */
function signed({ side }: { readonly side: TaxLot["side"] }, cost: Money): Money {
  return side === "long" ? cost : negate(cost);
}

function averageCostOf({ holding }: ExplainedPosition): string | null {
  const { quantity, unit = 1n, costBasis } = holding;
  if (quantity === 0n) return null;
  return toUnitPrice(divide((magnitude(costBasis) * unit) as Money, magnitude(quantity)));
}

function costSteps(
  explained: ExplainedPosition,
  lots: readonly TaxLot[],
  averageCost: string | null,
): Step[] {
  const { holding, portfolio } = explained;
  if (averageCost === null) return [];
  const costs = lots.map((lot) => signed(lot, remainingCost(lot)));
  const baseCosts = lots.flatMap((lot) => {
    const cost = remainingBaseCost(lot);
    return cost === undefined ? [] : [signed(lot, cost)];
  });
  const quantity = exactQuantity(ratioOf(magnitude(holding.quantity), holding.unit ?? 1n));
  return [
    ...(lots.length === 1 ? [] : sumSteps("Cost basis", costs)),
    {
      label: "Average cost of one",
      formula: `${exactMoney(magnitude(holding.costBasis))} ÷ ${quantity}`,
      result: averageCost,
    },
    ...(isForeign(explained) && lots.length > 1
      ? sumSteps(`Cost basis in ${portfolio.base_currency}`, baseCosts)
      : []),
  ];
}

/** The gains so far, each of which has an explanation of its own. */
function realizedSteps({ stories, place }: ExplainedPosition): Step[] {
  const gains = stories.disposalsOf(place).map(({ realizedGain }) => realizedGain);
  return gains.length === 0 ? [] : sumSteps("Realized gain of all closings", gains);
}
