import { Type, type Static } from "typebox";
import { Progress, Totals } from "./portfolios.ts";
import { Position } from "./positions.ts";
import { Uuid } from "./primitives.ts";
import { TransactionReason, TransactionStatus } from "./transactions.ts";

/** The WebSocket protocol, version 1. docs/websocket.md tells it in prose. */
export const STREAM_PROTOCOL_VERSION = 1;

export const CLOSE_CODES = {
  protocolError: 4400,
  unauthenticated: 4401,
  tooManyMessages: 4429,
  slowConsumer: 4408,
  goingAway: 1012,
} as const;

export const ClientMessage = Type.Union([
  Type.Object(
    { type: Type.Literal("authenticate"), token: Type.String({ maxLength: 4096 }) },
    { additionalProperties: false },
  ),
  Type.Object({ type: Type.Literal("subscribe"), portfolioId: Uuid }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal("unsubscribe"), portfolioId: Uuid }, { additionalProperties: false }),
  Type.Object({ type: Type.Literal("ping") }, { additionalProperties: false }),
]);
export type ClientMessage = Static<typeof ClientMessage>;

/** `sequence` counts the messages of one subscription: a snapshot is 0, each delta one more; a gap means resubscribe. */
const subscription = { portfolioId: Uuid, sequence: Type.Integer(), ledger: Progress, totals: Totals };

export const ServerMessage = Type.Union([
  Type.Object({
    type: Type.Literal("authenticated"),
    protocol: Type.Integer(),
    expiresAt: Type.String(),
  }),
  Type.Object({ type: Type.Literal("snapshot"), ...subscription, positions: Type.Array(Position) }),
  Type.Object({
    type: Type.Literal("delta"),
    ...subscription,
    positions: Type.Array(Position),
    removed: Type.Array(Type.String()),
  }),
  Type.Object({
    type: Type.Literal("transaction"),
    portfolioId: Uuid,
    id: Uuid,
    status: TransactionStatus,
    reason: Type.Optional(TransactionReason),
    correlationId: Type.Optional(
      Type.String({ description: "X-Request-Id of the newest request that led to this match" }),
    ),
  }),
  Type.Object({
    type: Type.Literal("error"),
    code: Type.String(),
    message: Type.String(),
    portfolioId: Type.Optional(Type.String()),
  }),
  Type.Object({ type: Type.Literal("pong") }),
]);
export type ServerMessage = Static<typeof ServerMessage>;
