import { Type, type Static } from "typebox";
import { InstantOut } from "./primitives.ts";

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
