import { Type, type Static } from "typebox";
import { InstantOut, text } from "./primitives.ts";

/** A page of what is listed newest first. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
);
export type PageQuery = Static<typeof PageQuery>;

export const OperatorActionList = Type.Object({
  items: Type.Array(
    Type.Object({
      actor: Type.String({ description: "an operator's username, or user@machine of a shell" }),
      action: Type.String({ examples: ["replay-dead-letter"] }),
      subject: Type.String({ examples: ["dead-letter 01932c07-9d2e-7cc3-8a50-3c1f0f5f1c11"] }),
      reason: Type.String(),
      actedAt: InstantOut,
    }),
  ),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
export type OperatorActionList = Static<typeof OperatorActionList>;

export const ConsumerProcess = Type.Object({
  id: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  startedAt: InstantOut,
  seenAt: InstantOut,
  busySince: Type.Union([InstantOut, Type.Null()], {
    description: "since when work has been in hand without a break",
  }),
  paused: Type.Boolean({ description: "it keeps to the pause" }),
  silent: Type.Boolean({
    description:
      "it has not been heard of for 15 seconds: it has died, or hangs and begins nothing before it has asked",
  }),
});

export const Consumer = Type.Object({
  name: Type.String({ examples: ["lot-matching", "outbox-relay"] }),
  pause: Type.Union([
    Type.Object({ since: InstantOut, by: Type.String(), reason: Type.String() }),
    Type.Null(),
  ]),
  drained: Type.Boolean({ description: "it is paused, and no process has anything in hand" }),
  processes: Type.Array(ConsumerProcess),
});
export type Consumer = Static<typeof Consumer>;

export const ConsumerList = Type.Object({
  items: Type.Array(Consumer),
  outbox: Type.Object(
    {
      waiting: Type.Integer(),
      oldestAt: Type.Union([InstantOut, Type.Null()]),
    },
    { description: "announcements that are still to be handed over" },
  ),
});
export type ConsumerList = Static<typeof ConsumerList>;

export const PauseRequest = Type.Object(
  { reason: text({ minLength: 1, maxLength: 500, examples: ["moving to another server"] }) },
  { additionalProperties: false },
);
export type PauseRequest = Static<typeof PauseRequest>;

export const ConsumerParams = Type.Object(
  { name: Type.String({ maxLength: 40, examples: ["lot-matching"] }) },
  { additionalProperties: false },
);
