import { Type, type Static } from "typebox";
import { Progress, Totals } from "./portfolios.ts";
import { CivilDate, Currency, DecimalOut, InstantOut, Uuid } from "./primitives.ts";

export const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

/** In the portfolio's base currency: costs at the rates of the openings, proceeds at those of the closings. */
const BaseFigures = Type.Object({
  currency: Currency,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  exchangeGain: DecimalOut,
});

/** The same for a gain; `exchangeGain` is the part of it that comes from the exchange rate. */
const BaseGain = Type.Object({
  currency: Currency,
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  exchangeGain: DecimalOut,
});

/** Figures that need a price are null, never zero, while no source knows one. */
export const Position = Type.Object({
  symbol: Type.String(),
  currency: Currency,
  quantity: DecimalOut,
  costBasis: DecimalOut,
  averageCost: orNull(DecimalOut),
  realizedGain: DecimalOut,
  income: DecimalOut,
  fees: DecimalOut,
  base: BaseFigures,
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

/** An open lot. Under average cost it is the pool: its term is null. */
export const Lot = Type.Object({
  id: Uuid,
  symbol: Type.String(),
  side: Side,
  openedAt: InstantOut,
  openedDate: CivilDate,
  originalQuantity: DecimalOut,
  remainingQuantity: DecimalOut,
  unitCost: DecimalOut,
  costBasis: DecimalOut,
  baseCostBasis: DecimalOut,
  exchangeRate: orNull(DecimalOut),
  unrealizedGain: orNull(DecimalOut),
  term: orNull(Term),
});
export type Lot = Static<typeof Lot>;

export const LotList = Type.Object({ items: Type.Array(Lot), sequence: Progress });
export type LotList = Static<typeof LotList>;

/** What a disposal took from one lot. Under average cost the lot is the pool: no opening and no term of its own. */
export const DisposalSlice = Type.Object({
  lotId: Uuid,
  openedAt: orNull(InstantOut),
  quantity: DecimalOut,
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  base: BaseGain,
  term: orNull(Term),
});
export type DisposalSlice = Static<typeof DisposalSlice>;

export const Disposal = Type.Object({
  id: Uuid,
  transactionId: Uuid,
  symbol: Type.String(),
  currency: Currency,
  side: Side,
  disposedAt: InstantOut,
  quantity: Type.String({
    description: "0 when only cost was given back: a return of capital, a merger's cash",
  }),
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
  base: BaseGain,
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
      income: Type.String({ description: "dividends before tax" }),
      withheldTax: DecimalOut,
      fees: DecimalOut,
    }),
  ),
  totals: Type.Object({
    currency: Currency,
    realizedGain: DecimalOut,
    unrealizedGain: DecimalOut,
    income: DecimalOut,
    interest: DecimalOut,
    expenses: DecimalOut,
    taxes: DecimalOut,
    fees: DecimalOut,
    missingRates: Type.Array(Currency, {
      description: "currencies of amounts that are outside these sums for want of a rate",
    }),
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
