import { Type, type Static } from "typebox";
import { InstantOut, Uuid } from "./primitives.ts";

export const RebuildsInput = Type.Object(
  { all: Type.Literal(true, { description: "every portfolio" }) },
  { additionalProperties: false },
);
export type RebuildsInput = Static<typeof RebuildsInput>;

const counts = {
  total: Type.Integer({ description: "portfolios" }),
  done: Type.Integer({ description: "of them rebuilt, or failed" }),
  differing: Type.Integer({
    description: "of them with rows that were not as they should be: 0 is expected",
  }),
  differences: Type.Integer({ description: "those rows" }),
  failed: Type.Integer({ description: "portfolios that could not be rebuilt" }),
  startedAt: InstantOut,
  finishedAt: Type.Union([InstantOut, Type.Null()]),
};

/** A request to rebuild figures, as its operator sees it. */
export const Rebuild = Type.Object({
  id: Uuid,
  requestedBy: Type.String(),
  ...counts,
  portfolios: Type.Array(
    Type.Object({
      portfolioId: Uuid,
      differences: Type.Union([Type.Integer(), Type.Null()]),
      failure: Type.Union([Type.String(), Type.Null()]),
    }),
    { description: "the first hundred that differed or failed" },
  ),
});
export type Rebuild = Static<typeof Rebuild>;

/** The same, of an own portfolio. */
export const OwnRebuild = Type.Object({ id: Uuid, ...counts });
export type OwnRebuild = Static<typeof OwnRebuild>;
