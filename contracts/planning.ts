import { Type, type Static } from "typebox";
import { LotMethod, Progress } from "./portfolios.ts";
import { Disposal, Lot, orNull, Term } from "./positions.ts";
import {
  CivilDate,
  Currency,
  DecimalOut,
  Instant,
  NonNegativeDecimal,
  PositiveDecimal,
  SymbolIn,
} from "./primitives.ts";
import { LOT_SELECTION_SIZE_MAX, LotSelection } from "./transactions.ts";

/** A sale, or the cover of a short holding, that is not made yet. */
export const WhatIfInput = Type.Object(
  {
    symbol: SymbolIn,
    type: Type.Optional(
      Type.Union([Type.Literal("sell"), Type.Literal("buy")], { description: "sell unless it is a cover" }),
    ),
    quantity: PositiveDecimal,
    price: Type.Optional(NonNegativeDecimal),
    fees: Type.Optional(NonNegativeDecimal),
    exchangeRate: Type.Optional(PositiveDecimal),
    lots: Type.Optional(Type.Array(LotSelection, { maxItems: LOT_SELECTION_SIZE_MAX })),
    tradedAt: Type.Optional(Instant),
  },
  { additionalProperties: false, description: "without a price: the current quote; without a time: now" },
);
export type WhatIfInput = Static<typeof WhatIfInput>;

/** What the sale would come to under one lot method; `unavailable` says why it cannot be told. */
export const WhatIfOutcome = Type.Object({
  lotMethod: LotMethod,
  isCurrent: Type.Boolean({ description: "the portfolio's own method" }),
  unavailable: Type.Optional(Type.String({ examples: ["insufficient-quantity", "no-lots-in-a-pool"] })),
  disposal: Type.Optional(Type.Omit(Disposal, ["id", "transactionId"])),
  shortTermGain: Type.Optional(orNull(DecimalOut)),
  longTermGain: Type.Optional(orNull(DecimalOut)),
});
export type WhatIfOutcome = Static<typeof WhatIfOutcome>;

export const WhatIf = Type.Object({
  symbol: Type.String(),
  currency: Currency,
  price: DecimalOut,
  priceAsOf: orNull(Type.String({ description: "null: the price was given" })),
  items: Type.Array(WhatIfOutcome),
  sequence: Progress,
});
export type WhatIf = Static<typeof WhatIf>;

/** Filters of the harvest finder. */
export const HarvestQuery = Type.Object(
  {
    term: Type.Optional(Term),
    minLoss: Type.Optional(NonNegativeDecimal),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  },
  { additionalProperties: false },
);
export type HarvestQuery = Static<typeof HarvestQuery>;

/** Open lots that stand at a loss, largest first. */
export const Harvest = Type.Object({
  items: Type.Array(
    Type.Object({
      lot: Lot,
      currency: Currency,
      price: DecimalOut,
      priceAsOf: Type.String(),
      stale: Type.Boolean(),
      marketValue: DecimalOut,
      loss: Type.String({ description: "decimal above zero" }),
      longTermFrom: orNull(CivilDate),
    }),
  ),
  totals: Type.Array(
    Type.Object({ currency: Currency, shortTerm: DecimalOut, longTerm: DecimalOut, total: DecimalOut }),
    { description: "losses by currency, of all lots that the filters let through" },
  ),
  unpriced: Type.Integer({ description: "open positions without a price, that were left out" }),
  sequence: Progress,
});
export type Harvest = Static<typeof Harvest>;
