import { Type, type Static } from "typebox";

/**
 * Events between processes. They are doorbells: they say that there is news, never what it is, so a lost, late,
 * doubled or reordered one can do no harm.
 */

export const TRANSACTION_RECORDED_TOPIC = "transaction-recorded.v1";

/** Kafka value on `transaction-recorded.v1`, keyed by portfolioId. */
export const TransactionRecorded = Type.Object({
  v: Type.Literal(1),
  portfolioId: Type.String(),
  sequence: Type.Integer(),
  correlationId: Type.Optional(Type.String()),
});
export type TransactionRecorded = Static<typeof TransactionRecorded>;

/** Fan-out channel that carries `PositionChanged` for one portfolio. */
export const portfolioChannel = (portfolioId: string) => `portfolio:${portfolioId}`;

/** Hint after a match was committed, or failed for good. `transactions` is left out where there were too many to name. */
export const PositionChanged = Type.Object({
  portfolioId: Type.String(),
  head: Type.Integer(),
  applied: Type.Integer(),
  epoch: Type.Integer(),
  parked: Type.Optional(
    Type.Boolean({ description: "nothing moved: from now on it stands still, or stands still longer" }),
  ),
  transactions: Type.Optional(
    Type.Array(
      Type.Object({ id: Type.String(), status: Type.String(), reason: Type.Optional(Type.String()) }),
    ),
  ),
  correlationId: Type.Optional(Type.String()),
});
export type PositionChanged = Static<typeof PositionChanged>;

/** Fan-out channel of fresh quotes: an array of adapters' Quote a message. */
export const QUOTES_CHANNEL = "quotes";

/** Fan-out channel that tells every node to drop sockets and cached checks of a session. */
export const SESSION_REVOKED_CHANNEL = "session-revoked";
export const SessionRevoked = Type.Object({ sessionId: Type.String() });
export type SessionRevoked = Static<typeof SessionRevoked>;

/** Fan-out channel that tells every node to look again who may see a portfolio. */
export const PORTFOLIO_CLOSED_CHANNEL = "portfolio-closed";
export const PortfolioClosed = Type.Object({ portfolioId: Type.String() });
export type PortfolioClosed = Static<typeof PortfolioClosed>;
