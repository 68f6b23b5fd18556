import { Type, type Static } from "typebox";
import { Currency, DecimalOut, InstantOut, SymbolIn } from "./primitives.ts";

export const StockQuote = Type.Object({
  symbol: Type.String(),
  currency: Currency,
  price: DecimalOut,
  previousClose: Type.Union([DecimalOut, Type.Null()]),
  change: Type.Union([DecimalOut, Type.Null()]),
  changePercent: Type.Union([DecimalOut, Type.Null()]),
  asOf: InstantOut,
  stale: Type.Boolean(),
  source: Type.String(),
});
export type StockQuote = Static<typeof StockQuote>;

export const SymbolBatch = Type.Object(
  { symbols: Type.Array(SymbolIn, { minItems: 1, maxItems: 500 }) },
  { additionalProperties: false },
);

/** What was found, and by name what no source knows. */
export const StockBatch = Type.Object({
  items: Type.Array(StockQuote),
  unknown: Type.Array(Type.String()),
});
export type StockBatch = Static<typeof StockBatch>;
