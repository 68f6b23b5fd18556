import { Type, type Static } from "typebox";
import { Currency, DecimalOut, InstantOut, text, Uuid } from "./primitives.ts";

/** The lot methods that a portfolio can be set to. */
export const LotMethod = Type.Union([Type.Literal("fifo")], { description: "first in, first out" });
export type LotMethod = Static<typeof LotMethod>;

const name = text({ minLength: 1, maxLength: 80, examples: ["Retirement"] });
const description = text({ maxLength: 500 });

export const PortfolioInput = Type.Object(
  {
    name,
    description: Type.Optional(description),
    baseCurrency: Type.Optional(Currency),
    lotMethod: Type.Optional(LotMethod),
    allowShort: Type.Optional(Type.Boolean()),
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
    archived: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export type PortfolioUpdate = Static<typeof PortfolioUpdate>;

/** How far derived figures have followed the ledger: equal numbers mean that nothing is pending. */
export const Progress = Type.Object({
  head: Type.Integer({ description: "sequence of the newest recorded version" }),
  applied: Type.Integer({ description: "sequence up to which the figures are matched" }),
  epoch: Type.Integer({ description: "grows with every re-match of what was already matched" }),
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
    description: "currencies without an exchange rate: their positions are outside all of these sums",
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
