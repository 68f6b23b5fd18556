import { Type, type Static } from "typebox";
import {
  Currency,
  DecimalOut,
  Instant,
  InstantOut,
  NonNegativeDecimal,
  PositiveDecimal,
  SignedNonZeroDecimal,
  SymbolIn,
  text,
  Uuid,
} from "./primitives.ts";

export const BATCH_SIZE_MAX = 5_000;

export const TransactionType = Type.Union([Type.Literal("buy"), Type.Literal("sell")]);
export type TransactionType = Static<typeof TransactionType>;

const trade = {
  type: TransactionType,
  symbol: SymbolIn,
  quantity: PositiveDecimal,
  price: NonNegativeDecimal,
  fees: Type.Optional(NonNegativeDecimal),
  currency: Type.Optional(Currency),
  tradedAt: Instant,
  notes: Type.Optional(text({ maxLength: 500 })),
};

/** `id` is the client's own UUID: the permanent identity, so that a repeated request records nothing twice. */
export const TransactionInput = Type.Object(
  { id: Type.Optional(Uuid), portfolioId: Uuid, ...trade },
  { additionalProperties: false },
);
export type TransactionInput = Static<typeof TransactionInput>;

export const TransactionBatch = Type.Object(
  { transactions: Type.Array(TransactionInput, { minItems: 1, maxItems: BATCH_SIZE_MAX }) },
  { additionalProperties: false },
);
export type TransactionBatch = Static<typeof TransactionBatch>;

/** The whole transaction as it should stand; `version` refuses to overwrite what somebody else changed meanwhile. */
export const TransactionEdit = Type.Object(
  { version: Type.Optional(Type.Integer({ minimum: 1 })), ...trade },
  { additionalProperties: false },
);
export type TransactionEdit = Static<typeof TransactionEdit>;

/** A trade by signed quantity: positive buys, negative sells. */
export const TradeInput = Type.Object(
  {
    symbol: SymbolIn,
    qty: SignedNonZeroDecimal,
    price: NonNegativeDecimal,
    fees: Type.Optional(NonNegativeDecimal),
    tradedAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type TradeInput = Static<typeof TradeInput>;

export const TransactionStatus = Type.Union([
  Type.Literal("pending"),
  Type.Literal("matched"),
  Type.Literal("rejected"),
]);
export type TransactionStatus = Static<typeof TransactionStatus>;

export const RejectionReason = Type.Union([
  Type.Literal("insufficient-quantity"),
  Type.Literal("currency-mismatch"),
]);
export type RejectionReason = Static<typeof RejectionReason>;

export const Transaction = Type.Object({
  id: Uuid,
  portfolioId: Uuid,
  sequence: Type.Integer({ description: "place of this version in its portfolio's ledger; gapless" }),
  version: Type.Integer({ description: "1 as recorded, one more with every edit" }),
  type: TransactionType,
  symbol: Type.String(),
  quantity: DecimalOut,
  price: DecimalOut,
  fees: DecimalOut,
  currency: Currency,
  tradedAt: InstantOut,
  notes: Type.String(),
  status: TransactionStatus,
  reason: Type.Optional(RejectionReason),
  createdAt: InstantOut,
});
export type Transaction = Static<typeof Transaction>;

export const TransactionList = Type.Object({
  items: Type.Array(Transaction),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
export type TransactionList = Static<typeof TransactionList>;

export const RecordedBatch = Type.Object({ items: Type.Array(Transaction) });
export type RecordedBatch = Static<typeof RecordedBatch>;

/** Every version of one transaction, newest first; `deleted` marks a withdrawal. */
export const TransactionVersions = Type.Object({
  items: Type.Array(
    Type.Object({
      version: Type.Integer(),
      sequence: Type.Integer(),
      deleted: Type.Boolean(),
      type: TransactionType,
      symbol: Type.String(),
      quantity: DecimalOut,
      price: DecimalOut,
      fees: DecimalOut,
      currency: Currency,
      tradedAt: InstantOut,
      notes: Type.String(),
      createdAt: InstantOut,
    }),
  ),
});
export type TransactionVersions = Static<typeof TransactionVersions>;

/** Filters of a ledger listing. */
export const TransactionQuery = Type.Object(
  {
    symbol: Type.Optional(SymbolIn),
    type: Type.Optional(TransactionType),
    status: Type.Optional(TransactionStatus),
    from: Type.Optional(Instant),
    to: Type.Optional(Instant),
    order: Type.Optional(Type.Union([Type.Literal("newest"), Type.Literal("oldest")])),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type TransactionQuery = Static<typeof TransactionQuery>;
