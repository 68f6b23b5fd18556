import { Type, type Static } from "typebox";
import { Progress, Totals } from "./portfolios.ts";
import { Currency, DecimalOut, InstantOut, Uuid } from "./primitives.ts";

const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** Figures that need a price are null, never zero, while no source knows one. */
export const Position = Type.Object({
  symbol: Type.String(),
  currency: Currency,
  quantity: DecimalOut,
  costBasis: DecimalOut,
  averageCost: orNull(DecimalOut),
  realizedGain: DecimalOut,
  fees: DecimalOut,
  price: orNull(DecimalOut),
  priceAsOf: orNull(InstantOut),
  stale: Type.Boolean(),
  marketValue: orNull(DecimalOut),
  unrealizedGain: orNull(DecimalOut),
  unrealizedGainPercent: orNull(DecimalOut),
  dayChange: orNull(DecimalOut),
  weight: orNull(DecimalOut),
});
export type Position = Static<typeof Position>;

export const PositionList = Type.Object({
  items: Type.Array(Position),
  totals: Totals,
  sequence: Progress,
  pending: Type.Boolean({ description: "recorded transactions wait to be matched" }),
});
export type PositionList = Static<typeof PositionList>;

export const Term = Type.Union([Type.Literal("short"), Type.Literal("long")]);
export const Side = Type.Union([Type.Literal("long"), Type.Literal("short")]);

export const Lot = Type.Object({
  id: Uuid,
  symbol: Type.String(),
  side: Side,
  openedAt: InstantOut,
  originalQuantity: DecimalOut,
  remainingQuantity: DecimalOut,
  unitCost: DecimalOut,
  costBasis: DecimalOut,
  unrealizedGain: orNull(DecimalOut),
  term: Term,
});
export type Lot = Static<typeof Lot>;

export const LotList = Type.Object({ items: Type.Array(Lot), sequence: Progress });
export type LotList = Static<typeof LotList>;

export const DisposalSlice = Type.Object({
  lotId: Uuid,
  openedAt: InstantOut,
  quantity: DecimalOut,
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  term: Term,
});
export type DisposalSlice = Static<typeof DisposalSlice>;

export const Disposal = Type.Object({
  id: Uuid,
  transactionId: Uuid,
  symbol: Type.String(),
  currency: Currency,
  side: Side,
  disposedAt: InstantOut,
  quantity: DecimalOut,
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  slices: Type.Array(DisposalSlice),
});
export type Disposal = Static<typeof Disposal>;

export const DisposalList = Type.Object({
  items: Type.Array(Disposal),
  nextCursor: orNull(Type.String()),
  sequence: Progress,
});
export type DisposalList = Static<typeof DisposalList>;

export const ProfitAndLoss = Type.Object({
  items: Type.Array(
    Type.Object({
      symbol: Type.String(),
      currency: Currency,
      realizedGain: DecimalOut,
      unrealizedGain: orNull(DecimalOut),
      income: DecimalOut,
      fees: DecimalOut,
    }),
  ),
  totals: Type.Object({
    currency: Currency,
    realizedGain: DecimalOut,
    unrealizedGain: DecimalOut,
    income: DecimalOut,
    fees: DecimalOut,
    missingRates: Type.Array(Currency),
    unpriced: Type.Integer(),
  }),
  sequence: Progress,
});
export type ProfitAndLoss = Static<typeof ProfitAndLoss>;

/** Reads of derived figures can ask to be at least as new as a recorded transaction. */
export const FreshnessQuery = Type.Object(
  { minSequence: Type.Optional(Type.Integer({ minimum: 0 })) },
  { additionalProperties: false },
);
