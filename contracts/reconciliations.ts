import { Type, type Static } from "typebox";
import { InstantOut, Uuid } from "./primitives.ts";

export const ReconciliationInput = Type.Object(
  {
    full: Type.Optional(
      Type.Boolean({ default: false, description: "replays every portfolio, not only a sample" }),
    ),
  },
  { additionalProperties: false },
);
export type ReconciliationInput = Static<typeof ReconciliationInput>;

/** One round of checking that everybody's figures add up. */
export const Reconciliation = Type.Object({
  id: Uuid,
  requestedBy: Type.Union([Type.String(), Type.Null()], { description: "null: the schedule" }),
  full: Type.Boolean({ description: "every portfolio is replayed, not only a sample" }),
  startedAt: InstantOut,
  finishedAt: Type.Union([InstantOut, Type.Null()]),
  portfolios: Type.Integer({ description: "portfolios that were checked" }),
  replayed: Type.Integer({ description: "of them replayed from their first transaction" }),
  versions: Type.Integer({ description: "versions of transactions in them" }),
  findings: Type.Integer({ description: "what does not add up: 0 is expected" }),
});
export type Reconciliation = Static<typeof Reconciliation>;

export const ReconciliationList = Type.Object({ items: Type.Array(Reconciliation) });
export type ReconciliationList = Static<typeof ReconciliationList>;

export const ReconciliationWithFindings = Type.Object({
  ...Reconciliation.properties,
  items: Type.Array(
    Type.Object({
      portfolioId: Type.Union([Uuid, Type.Null()]),
      law: Type.String({ description: "the law that is broken", examples: ["cost-is-in-lots"] }),
      subject: Type.String({ examples: ["position ACME"] }),
      expected: Type.Union([Type.String(), Type.Null()]),
      found: Type.Union([Type.String(), Type.Null()]),
      foundAt: InstantOut,
    }),
    { description: "the first two hundred findings" },
  ),
});
export type ReconciliationWithFindings = Static<typeof ReconciliationWithFindings>;
