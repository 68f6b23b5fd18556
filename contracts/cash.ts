import { Type, type Static } from "typebox";
import { orNull } from "./positions.ts";
import { Progress } from "./portfolios.ts";
import { Currency, DecimalOut, InstantOut, Uuid } from "./primitives.ts";
import { TransactionType } from "./transactions.ts";

/** A portfolio's money per currency: the sum of what its matched transactions brought and took. */
export const CashBalances = Type.Object({
  tracked: Type.Boolean({ description: "false: no balances are kept here" }),
  items: Type.Array(Type.Object({ currency: Currency, balance: DecimalOut })),
  sequence: Progress,
});
export type CashBalances = Static<typeof CashBalances>;

/** One movement, with the balance of its currency after it. */
export const CashEntry = Type.Object({
  transactionId: Uuid,
  portfolioId: Type.String({
    description: "of the transaction: for money received, the portfolio it came from",
  }),
  type: TransactionType,
  symbol: Type.Optional(Type.String()),
  currency: Currency,
  amount: DecimalOut,
  balance: DecimalOut,
  tradedAt: InstantOut,
});
export type CashEntry = Static<typeof CashEntry>;

/** Newest first. */
export const CashEntryList = Type.Object({ items: Type.Array(CashEntry), nextCursor: orNull(Type.String()) });
export type CashEntryList = Static<typeof CashEntryList>;

export const CashEntryQuery = Type.Object(
  {
    currency: Type.Optional(Currency),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type CashEntryQuery = Static<typeof CashEntryQuery>;
