import { Type, type Static } from "typebox";
import { PARK_REASONS, type ParkReason } from "./portfolios.ts";
import { TRANSACTION_TYPES } from "./transaction-fields.ts";
import {
  Currency,
  DecimalOut,
  Fraction,
  Instant,
  InstantOut,
  NonNegativeDecimal,
  PositiveDecimal,
  Ratio,
  SignedNonZeroDecimal,
  SymbolIn,
  text,
  Uuid,
} from "./primitives.ts";

export const BATCH_SIZE_MAX = 5_000;

export const TransactionType = Type.Enum(TRANSACTION_TYPES);
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/** So much of one lot; `lotId` is the id of the transaction that opened it. */
export const LotSelection = Type.Object(
  { lotId: Uuid, quantity: PositiveDecimal },
  { additionalProperties: false },
);
export type LotSelection = Static<typeof LotSelection>;

export const LOT_SELECTION_SIZE_MAX = 500;

/** What applies depends on the type (transaction-fields.ts); a field that does not is refused. */
const content = {
  type: TransactionType,
  symbol: Type.Optional(SymbolIn),
  quantity: Type.Optional(PositiveDecimal),
  price: Type.Optional(NonNegativeDecimal),
  amount: Type.Optional(SignedNonZeroDecimal),
  fees: Type.Optional(NonNegativeDecimal),
  tax: Type.Optional(NonNegativeDecimal),
  currency: Type.Optional(Currency),
  exchangeRate: Type.Optional(PositiveDecimal),
  lots: Type.Optional(
    Type.Array(LotSelection, {
      maxItems: LOT_SELECTION_SIZE_MAX,
      description: "lots to take, in this order; absent or empty: by the portfolio's lot method",
    }),
  ),
  ratio: Type.Optional(Ratio),
  toPortfolioId: Type.Optional(Uuid),
  toSymbol: Type.Optional(SymbolIn),
  costBasis: Type.Optional(NonNegativeDecimal),
  acquiredAt: Type.Optional(Instant),
  costShare: Type.Optional(Fraction),
  cashPerShare: Type.Optional(PositiveDecimal),
  tradedAt: Instant,
  notes: Type.Optional(text({ maxLength: 500 })),
};

const EXAMPLE = {
  type: "buy",
  symbol: "ACME.SIM",
  quantity: "100",
  price: "157.25",
  fees: "1.5",
  tradedAt: "2026-01-05T15:30:00Z",
  notes: "",
};
const PORTFOLIO_EXAMPLE = "01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11";

/** `id` is the client's own UUID: the permanent identity, so that a repeated request records nothing twice. */
export const TransactionInput = Type.Object(
  { id: Type.Optional(Uuid), portfolioId: Uuid, ...content },
  {
    additionalProperties: false,
    examples: [
      { portfolioId: PORTFOLIO_EXAMPLE, ...EXAMPLE },
      {
        portfolioId: PORTFOLIO_EXAMPLE,
        type: "split",
        symbol: "ACME.SIM",
        ratio: "2:1",
        tradedAt: "2026-02-02T14:30:00Z",
      },
    ],
  },
);
export type TransactionInput = Static<typeof TransactionInput>;

export const TransactionBatch = Type.Object(
  { transactions: Type.Array(TransactionInput, { minItems: 1, maxItems: BATCH_SIZE_MAX }) },
  { additionalProperties: false },
);
export type TransactionBatch = Static<typeof TransactionBatch>;

/** The whole transaction as it should stand; `version` refuses to overwrite what somebody else changed meanwhile. */
export const TransactionEdit = Type.Object(
  { version: Type.Optional(Type.Integer({ minimum: 1 })), ...content },
  { additionalProperties: false, examples: [EXAMPLE] },
);
export type TransactionEdit = Static<typeof TransactionEdit>;

/** A trade by signed quantity: positive buys, negative sells. */
export const TradeInput = Type.Object(
  {
    symbol: SymbolIn,
    qty: SignedNonZeroDecimal,
    price: NonNegativeDecimal,
    fees: Type.Optional(NonNegativeDecimal),
    exchangeRate: Type.Optional(PositiveDecimal),
    lots: Type.Optional(Type.Array(LotSelection, { maxItems: LOT_SELECTION_SIZE_MAX })),
    tradedAt: Type.Optional(Instant),
  },
  {
    additionalProperties: false,
    examples: [{ symbol: "ACME.SIM", qty: "-12.5", price: "170", tradedAt: "2026-03-02T15:30:00Z" }],
  },
);
export type TradeInput = Static<typeof TradeInput>;

export const TransactionStatus = Type.Union([
  Type.Literal("pending"),
  Type.Literal("matched"),
  Type.Literal("rejected"),
  Type.Literal("needs-attention"),
]);
export type TransactionStatus = Static<typeof TransactionStatus>;

/** Reasons of transactions that break a rule. Source: docs/accounting, "Reasons". */
export const REJECTION_REASONS = [
  "invalid-quantity",
  "invalid-price",
  "invalid-fees",
  "invalid-amount",
  "invalid-ratio",
  "currency-mismatch",
  "insufficient-quantity",
  "lot-selection-not-allowed",
  "side-conflict",
  "same-account",
  "same-instrument",
] as const;

/** Reasons of transactions that lack what only their owner can say. */
export const ATTENTION_REASONS = ["unknown-lot", "lot-selection-mismatch", "missing-fx-rate"] as const;

/** Why a transaction takes no part in the ledger: `rejected` by the first list, `needs-attention` by the second. */
export const OutcomeReason = Type.Enum([...REJECTION_REASONS, ...ATTENTION_REASONS]);
export type OutcomeReason = (typeof REJECTION_REASONS)[number] | (typeof ATTENTION_REASONS)[number];

/** Why a transaction stands as it does: of a pending one, why calculation is paused at it. */
export const TransactionReason = Type.Enum([...REJECTION_REASONS, ...ATTENTION_REASONS, ...PARK_REASONS]);
export type TransactionReason = OutcomeReason | ParkReason;

/** Returns the status of a transaction that matching did not apply, by the reason. */
export function statusOfReason(reason: OutcomeReason): "rejected" | "needs-attention" {
  return (ATTENTION_REASONS as readonly string[]).includes(reason) ? "needs-attention" : "rejected";
}

/** What a version says. Absent: does not apply to the type, or was not given. */
const recorded = {
  type: TransactionType,
  symbol: Type.Optional(Type.String()),
  quantity: Type.Optional(DecimalOut),
  price: Type.Optional(DecimalOut),
  amount: Type.Optional(DecimalOut),
  fees: DecimalOut,
  tax: DecimalOut,
  currency: Type.Optional(Currency),
  exchangeRate: Type.Optional(DecimalOut),
  lots: Type.Optional(Type.Array(Type.Object({ lotId: Uuid, quantity: DecimalOut }))),
  ratio: Type.Optional(Type.String({ examples: ["2:1"] })),
  toPortfolioId: Type.Optional(Uuid),
  toSymbol: Type.Optional(Type.String()),
  costBasis: Type.Optional(DecimalOut),
  acquiredAt: Type.Optional(InstantOut),
  costShare: Type.Optional(DecimalOut),
  cashPerShare: Type.Optional(DecimalOut),
  tradedAt: InstantOut,
  notes: Type.String(),
};

export const Transaction = Type.Object({
  id: Uuid,
  portfolioId: Uuid,
  sequence: Type.Integer({ description: "place of this version in its portfolio's ledger; gapless" }),
  version: Type.Integer({ description: "1 as recorded, one more with every edit" }),
  ...recorded,
  status: TransactionStatus,
  reason: Type.Optional(TransactionReason),
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
      ...recorded,
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
