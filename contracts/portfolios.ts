import { Type, type Static } from "typebox";
import { Currency, DecimalOut, InstantOut, text, Uuid } from "./primitives.ts";

export const LOT_METHODS = ["fifo", "lifo", "hifo", "average", "specific"] as const;

/** The lot methods that a portfolio can be set to. */
export const LotMethod = Type.Enum(LOT_METHODS, {
  description: "first in first out, last in first out, highest cost first, average cost, lots as named",
});
export type LotMethod = (typeof LOT_METHODS)[number];

const name = text({ minLength: 1, maxLength: 80, examples: ["Retirement"] });
const description = text({ maxLength: 500 });

export const PortfolioInput = Type.Object(
  {
    name,
    description: Type.Optional(description),
    baseCurrency: Type.Optional(Currency),
    lotMethod: Type.Optional(LotMethod),
    allowShort: Type.Optional(Type.Boolean()),
    trackCash: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PortfolioInput = Static<typeof PortfolioInput>;

/** A full replacement, but for the base currency, which is fixed once chosen. */
export const PortfolioUpdate = Type.Object(
  {
    name,
    description: Type.Optional(description),
    lotMethod: Type.Optional(LotMethod),
    allowShort: Type.Optional(Type.Boolean()),
    trackCash: Type.Optional(Type.Boolean()),
    archived: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PortfolioUpdate = Static<typeof PortfolioUpdate>;

/** Why figures stand still: matching fails every time, or does not come to an end in time. */
export const PARK_REASONS = ["cannot-be-matched", "takes-too-long"] as const;
export const ParkReason = Type.Enum(PARK_REASONS);
export type ParkReason = (typeof PARK_REASONS)[number];

/** Calculation stands still: a transaction cannot be matched, and nothing after it is until it can. */
export const Paused = Type.Object({
  since: InstantOut,
  reason: ParkReason,
  message: Type.String({ description: "the same in plain words, with what to do" }),
  portfolioId: Type.String({
    description: "whose transaction it is: this portfolio's, or one's that transfers tie to it",
  }),
  transactionId: Type.Union([Type.String(), Type.Null()], {
    description: "null when the settings of that portfolio are to blame, and no transaction",
  }),
  sequence: Type.Union([Type.Integer(), Type.Null()], {
    description: "place of the version in that portfolio's ledger",
  }),
});
export type Paused = Static<typeof Paused>;

/** How far derived figures have followed the ledger: equal numbers mean that nothing is pending. */
export const Progress = Type.Object({
  head: Type.Integer({ description: "sequence of the newest recorded version" }),
  applied: Type.Integer({ description: "sequence up to which the figures are matched" }),
  epoch: Type.Integer({ description: "grows with every re-match of what was already matched" }),
  paused: Type.Optional(Paused),
});
export type Progress = Static<typeof Progress>;

export const Totals = Type.Object({
  marketValue: DecimalOut,
  costBasis: DecimalOut,
  unrealizedGain: DecimalOut,
  unrealizedGainPercent: Type.Union([DecimalOut, Type.Null()], { description: "null without cost" }),
  realizedGain: DecimalOut,
  dayChange: DecimalOut,
  asOf: Type.Union([InstantOut, Type.Null()], { description: "time of the oldest price in these totals" }),
  stale: Type.Boolean({ description: "a price in these totals is old" }),
  unpriced: Type.Integer({
    description: "open positions without a price: outside market value and unrealized gain",
  }),
  missingRates: Type.Array(Currency, {
    description:
      "currencies without an exchange rate of today: their open positions are outside market value, cost basis, unrealized gain and day change",
  }),
});
export type Totals = Static<typeof Totals>;

export const Portfolio = Type.Object({
  id: Uuid,
  name: Type.String(),
  description: Type.String(),
  baseCurrency: Currency,
  lotMethod: LotMethod,
  allowShort: Type.Boolean(),
  trackCash: Type.Boolean({ description: "trades also move the portfolio's cash" }),
  archived: Type.Boolean(),
  createdAt: InstantOut,
  updatedAt: InstantOut,
});
export type Portfolio = Static<typeof Portfolio>;

export const PortfolioWithTotals = Type.Object({
  ...Portfolio.properties,
  totals: Totals,
  positionCount: Type.Integer(),
  sequence: Progress,
});
export type PortfolioWithTotals = Static<typeof PortfolioWithTotals>;

export const PortfolioList = Type.Object({
  items: Type.Array(PortfolioWithTotals),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
export type PortfolioList = Static<typeof PortfolioList>;

/** What a change of the lot method would come to, before it is made. */
export const MethodPreviewInput = Type.Object({ lotMethod: LotMethod }, { additionalProperties: false });
export type MethodPreviewInput = Static<typeof MethodPreviewInput>;

const beforeAndAfter = { before: DecimalOut, after: DecimalOut, change: DecimalOut };

export const MethodPreview = Type.Object({
  lotMethod: Type.Object({ before: LotMethod, after: LotMethod }),
  years: Type.Array(
    Type.Object({ year: Type.Integer(), currency: Currency, realizedGain: Type.Object(beforeAndAfter) }),
    { description: "by year of the sale and currency, oldest first; only years with a gain on either side" },
  ),
  positions: Type.Array(
    Type.Object({ symbol: Type.String(), currency: Currency, costBasis: Type.Object(beforeAndAfter) }),
    { description: "open positions whose cost basis differs" },
  ),
  transactions: Type.Array(
    Type.Object({
      id: Uuid,
      before: Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) }),
      after: Type.Object({ status: Type.String(), reason: Type.Optional(Type.String()) }),
    }),
    { description: "transactions that would be matched now and not then, or the other way round" },
  ),
  sequence: Progress,
});
export type MethodPreview = Static<typeof MethodPreview>;
