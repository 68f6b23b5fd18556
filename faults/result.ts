import type { Plan } from "./plan/plan.ts";
import type { FaultKind } from "./plan/kinds.ts";

/** What a run came to. Printed as one line of JSON. */
export interface Result {
  readonly seed: number;
  readonly sha: string;
  readonly plan: string;
  readonly kafka: "real" | "none";
  readonly seconds: number;
  /** Transactions, edits and withdrawals that customers were told are recorded. */
  readonly accepted: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly lost: number;
  readonly doubled: number;
  readonly gaps: number;
  /** Answers whose places are not in the order of the answers. */
  readonly disordered: number;
  readonly snapshots: number;
  readonly wrongSnapshots: number;
  /** Reads and pushes that went back, or did not know of what had been recorded. */
  readonly regressions: number;
  /** Two pictures of one portfolio under the same number. */
  readonly torn: number;
  /** Marks of one customer that another was shown. */
  readonly leaks: number;
  /** Answers that no fault excuses. */
  readonly overBudget: number;
  /** Figures that differ from a rebuild in the end. */
  readonly differences: number;
  /** The longest that it took after a heal until everything was answered, matched and pushed. */
  readonly convergeSeconds: number;
  /** What happened less often than the plan asks. */
  readonly missing: readonly string[];
  /** What was wrong, in words: the beginning of it. */
  readonly problems: readonly string[];
  readonly ok: boolean;
}

/** Kinds, transactions and snapshots that fell short of the plan, in words. */
export function shortfalls(plan: Plan, run: Pick<Result, "faults" | "accepted" | "snapshots">): string[] {
  const counts = Object.entries(plan.faults).map(
    ([kind, asked]) => [kind, run.faults[kind as FaultKind] ?? 0, asked] as const,
  );
  return [
    ...counts,
    ["accepted", run.accepted, plan.accepted] as const,
    ["snapshots", run.snapshots, plan.snapshots] as const,
  ]
    .filter(([, happened, asked]) => happened < asked)
    .map(([what, happened, asked]) => `${what}: ${happened} of ${asked}`);
}

/** Whether a run has shown what it was to show. */
export function isPassed(result: Omit<Result, "ok">): boolean {
  const {
    lost,
    doubled,
    gaps,
    disordered,
    wrongSnapshots,
    regressions,
    torn,
    leaks,
    overBudget,
    differences,
  } = result;
  const wrong = [
    lost,
    doubled,
    gaps,
    disordered,
    wrongSnapshots,
    regressions,
    torn,
    leaks,
    overBudget,
    differences,
  ];
  return wrong.every((count) => count === 0) && result.missing.length === 0 && result.problems.length === 0;
}
