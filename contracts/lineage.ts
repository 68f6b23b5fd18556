import { Type, type Static } from "typebox";
import { Progress } from "./portfolios.ts";
import { orNull, Side } from "./positions.ts";
import { DecimalOut, InstantOut, Uuid } from "./primitives.ts";
import {
  TransactionReason,
  TransactionStatus,
  TransactionType,
  TransactionVersions,
} from "./transactions.ts";

/** A part of a lot that a transaction closed. */
const slice = {
  quantity: DecimalOut,
  proceeds: DecimalOut,
  costBasis: DecimalOut,
  realizedGain: DecimalOut,
};

/** How many slices of one lot, or of one disposal, are told of; `/disposals` lists all of them. */
export const LINEAGE_SLICES_MAX = 100;

/**
 * Where a transaction is on its way. `matched`: it counts, or is rejected; `waiting`: it is recorded; `paused`: calculation
 * stands still exactly before it; `waiting-behind`: it stands still before one that was recorded earlier.
 */
export const LineageStage = Type.Enum(["waiting", "paused", "waiting-behind", "matched"] as const);
export type LineageStage = Static<typeof LineageStage>;

export const LineageStep = Type.Object({
  transactionId: Uuid,
  portfolioId: Type.String({
    description: "where it was recorded: another portfolio, for what it transferred here",
  }),
  type: TransactionType,
  stage: LineageStage,
  status: Type.Union([TransactionStatus, Type.Literal("deleted")]),
  reason: Type.Optional(TransactionReason),
  versions: Type.Array(TransactionVersions.properties.items.items, {
    description: "oldest first; each with its place in the ledger and when it was recorded",
  }),
  opened: orNull(
    Type.Object({
      lotId: Uuid,
      side: Side,
      openedAt: InstantOut,
      originalQuantity: DecimalOut,
      remainingQuantity: DecimalOut,
      originalCost: DecimalOut,
    }),
  ),
  closedBy: Type.Array(Type.Object({ transactionId: Uuid, disposedAt: InstantOut, ...slice }), {
    description: "what closed parts of the lot that it opened, oldest first",
  }),
  closed: Type.Array(Type.Object({ lotId: Uuid, ...slice }), {
    description: "the lots of which it closed parts, in the order it took them",
  }),
  moreSlices: Type.Boolean({ description: "there are more of either than are told here" }),
});
export type LineageStep = Static<typeof LineageStep>;

export const Lineage = Type.Object({
  portfolioId: Uuid,
  symbol: Type.String(),
  items: Type.Array(LineageStep, { description: "in the order they were first recorded" }),
  nextCursor: orNull(Type.String()),
  sequence: Progress,
});
export type Lineage = Static<typeof Lineage>;

export const LineageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
