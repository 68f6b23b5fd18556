import { Type, type Static } from "typebox";
import { Paused, Progress } from "./portfolios.ts";
import { orNull } from "./positions.ts";
import { InstantOut, Uuid } from "./primitives.ts";

/** Where a portfolio stands between its ledger and its figures. */
const pipeline = {
  portfolioId: Uuid,
  sequence: Progress,
  pending: Type.Integer({ description: "recorded versions that are not matched yet" }),
  oldestPendingAt: orNull(InstantOut),
  lagMs: Type.Integer({ description: "how long the oldest of them has been waiting; 0 when there is none" }),
  rulesVersion: Type.Object(
    { current: Type.Integer(), applied: Type.Integer() },
    { description: "different numbers: settings changed, or a split, and the figures do not follow yet" },
  ),
  lastMatchedAt: orNull(InstantOut),
  announcements: Type.Integer({ description: "on their way to the matchers" }),
  failures: Type.Integer({ description: "of matching, in a row" }),
  lastFailedAt: orNull(InstantOut),
  nextAttemptAt: orNull(InstantOut),
  parked: orNull(Paused),
};

export const Pipeline = Type.Object(pipeline);
export type Pipeline = Static<typeof Pipeline>;

/** The same for operators, with whose it is. */
export const OperatedPipeline = Type.Object({
  ...pipeline,
  name: Type.String(),
  owner: Type.String({ description: "username" }),
  deadLetterId: orNull(Type.String({ description: "tells what it is parked for" })),
  deletedAt: orNull(InstantOut),
});
export type OperatedPipeline = Static<typeof OperatedPipeline>;

/** The whole installation at a glance. */
export const InstallationPipeline = Type.Object({
  portfolios: Type.Integer(),
  behind: Type.Integer({ description: "portfolios with something to match" }),
  pending: Type.Integer({ description: "recorded versions that are not matched yet" }),
  oldestPendingAt: orNull(InstantOut),
  lagMs: Type.Integer({ description: "how long the oldest has been waiting that nothing is parked for" }),
  failing: Type.Integer({ description: "portfolios whose matching failed and is tried again soon" }),
  parked: Type.Integer({ description: "portfolios that stand still until somebody mends something" }),
  outbox: Type.Object({ depth: Type.Integer(), oldestAt: orNull(InstantOut) }),
  deadLetters: Type.Object({
    matching: Type.Integer({ description: "open ones of portfolios" }),
    record: Type.Integer({ description: "open ones of unreadable records" }),
    passedOver: Type.Integer({ description: "unreadable records of 24 hours that were not kept" }),
  }),
  slowest: Type.Array(
    Type.Object({
      portfolioId: Uuid,
      owner: Type.String(),
      pending: Type.Integer(),
      oldestPendingAt: orNull(InstantOut),
      parkedSince: orNull(InstantOut),
    }),
    { description: "the portfolios whose oldest pending version has been waiting for longest, 20 at most" },
  ),
});
export type InstallationPipeline = Static<typeof InstallationPipeline>;
