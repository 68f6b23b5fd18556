import { Type, type Static } from "typebox";
import { LotMethod, Progress } from "./portfolios.ts";
import { Disposal, orNull, Side, Term } from "./positions.ts";
import { CivilDate, Currency, DecimalOut, InstantOut, Uuid } from "./primitives.ts";
import { TransactionType } from "./transactions.ts";

/** The version of a transaction that a figure rests on. */
export const TransactionSource = Type.Object({
  transactionId: Uuid,
  portfolioId: Uuid,
  version: Type.Integer(),
  sequence: Type.Integer(),
  type: TransactionType,
  tradedAt: InstantOut,
  text: Type.String({ examples: ["Bought 100 ACME.SIM at 150 USD on 2026-01-05"] }),
});
export type TransactionSource = Static<typeof TransactionSource>;

/** One step of arithmetic: what it is, how it is worked out, and what comes of it. */
export const Step = Type.Object({
  label: Type.String({ examples: ["Cost of what was sold"] }),
  formula: Type.String({ examples: ["15000 × 80 ÷ 100"] }),
  result: DecimalOut,
});
export type Step = Static<typeof Step>;

/** Something that happened to a lot before: what opened it, then splits, transfers, returns of capital, sales. */
export const LotEvent = Type.Object({
  source: TransactionSource,
  text: Type.String({ examples: ["Split 2:1: 100 shares became 200, the cost stayed 15000"] }),
  quantity: DecimalOut,
  cost: DecimalOut,
});
export type LotEvent = Static<typeof LotEvent>;

export const LotStory = Type.Object({
  lotId: Uuid,
  side: Side,
  openedAt: InstantOut,
  openedDate: CivilDate,
  isPool: Type.Boolean({ description: "average cost: all purchases in one" }),
  events: Type.Array(LotEvent, {
    description: "oldest first; quantity and cost are what was left after each",
  }),
});
export type LotStory = Static<typeof LotStory>;

/** Behind a realized gain: every lot, and the arithmetic from its cost to the gain. */
export const DisposalExplanation = Type.Object({
  disposal: Disposal,
  lotMethod: LotMethod,
  closing: TransactionSource,
  summary: Type.Array(Type.String(), { description: "the gain in a few sentences" }),
  slices: Type.Array(
    Type.Object({
      lot: LotStory,
      text: Type.String(),
      steps: Type.Array(Step),
      term: orNull(Term),
    }),
  ),
  steps: Type.Array(Step, { description: "from the slices to the totals" }),
  sequence: Progress,
});
export type DisposalExplanation = Static<typeof DisposalExplanation>;

/** Behind a position's cost: its open lots, and everything that made them what they are. */
export const PositionExplanation = Type.Object({
  symbol: Type.String(),
  currency: Currency,
  lotMethod: LotMethod,
  quantity: DecimalOut,
  costBasis: DecimalOut,
  averageCost: orNull(DecimalOut),
  realizedGain: DecimalOut,
  summary: Type.Array(Type.String()),
  lots: Type.Array(
    Type.Object({
      lot: LotStory,
      remainingQuantity: DecimalOut,
      costBasis: DecimalOut,
      steps: Type.Array(Step),
    }),
  ),
  steps: Type.Array(Step),
  sequence: Progress,
});
export type PositionExplanation = Static<typeof PositionExplanation>;
