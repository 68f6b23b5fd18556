import { Type, type Static } from "typebox";
import { orNull } from "./positions.ts";
import { InstantOut, text, Uuid } from "./primitives.ts";

/** What a dead letter is of: a portfolio that is parked, or a Kafka record that is no event of ours. */
export const DeadLetterSource = Type.Enum(["matching", "record"] as const);
export const DEAD_LETTER_STATES = ["open", "replayed", "discarded"] as const;
export const DeadLetterState = Type.Enum(DEAD_LETTER_STATES);
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

const summary = {
  id: Uuid,
  source: DeadLetterSource,
  state: DeadLetterState,
  reason: Type.String({ examples: ["cannot-be-matched"] }),
  message: Type.String({ description: "the same in plain words; of a portfolio, what its owner is told" }),
  portfolioId: orNull(Type.String({ description: "whose version, or settings, cannot be matched" })),
  sequence: orNull(Type.Integer({ description: "place of the version in that portfolio's ledger" })),
  transactionId: orNull(Type.String()),
  waiting: Type.Integer({ description: "portfolios that stand still because of it" }),
  record: orNull(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      offset: Type.Integer(),
      size: orNull(Type.Integer({ description: "bytes of its value; null: it has none" })),
    }),
  ),
  attempts: Type.Integer(),
  firstFailedAt: InstantOut,
  lastFailedAt: InstantOut,
  nextAttemptAt: orNull(InstantOut),
  resolvedAt: orNull(InstantOut),
  resolvedBy: orNull(Type.String({ description: "null: it was matched by itself once it could be" })),
};

export const DeadLetterSummary = Type.Object(summary);
export type DeadLetterSummary = Static<typeof DeadLetterSummary>;

export const DeadLetter = Type.Object({
  ...summary,
  owner: orNull(Type.String({ description: "username of the portfolio's owner" })),
  detail: Type.String({ description: "the error: name, message, SQLSTATE, the top of its stack" }),
  key: orNull(Type.String({ description: "of a record: its key, base64" })),
  value: orNull(Type.String({ description: "of a record: the first MiB of its value, base64" })),
});
export type DeadLetter = Static<typeof DeadLetter>;

export const DeadLetterList = Type.Object({
  items: Type.Array(DeadLetterSummary),
  nextCursor: orNull(Type.String()),
  passedOver: Type.Integer({
    description:
      "unreadable records of the last 24 hours that were counted and not kept, because there were too many",
  }),
});
export type DeadLetterList = Static<typeof DeadLetterList>;

export const DeadLetterQuery = Type.Object(
  {
    state: Type.Optional(DeadLetterState),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type DeadLetterQuery = Static<typeof DeadLetterQuery>;

/**
 * What came of a replay: everything is matched, or the record's portfolio is being looked at; it failed once more; it has
 * not been tried yet, because no matcher took it up in time.
 */
export const Replayed = Type.Object({
  outcome: Type.Enum(["replayed", "failed-again", "waiting"] as const),
  deadLetter: DeadLetter,
  next: orNull(
    Type.Object(summary, {
      description:
        "where the portfolio stands still now, further on in the ledger: another transaction is to blame there",
    }),
  ),
});
export type Replayed = Static<typeof Replayed>;

export const Discarding = Type.Object(
  {
    reason: text({
      minLength: 1,
      maxLength: 500,
      examples: ["a producer of the staging system wrote to our topic"],
    }),
  },
  { additionalProperties: false },
);
export type Discarding = Static<typeof Discarding>;
