import { FAULT_KINDS, termsOf, type FaultKind, type Need } from "./kinds.ts";

/** What a run has to reach, or it has failed. */
export interface Plan {
  readonly name: string;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly accepted: number;
  readonly snapshots: number;
  /** How long faults go on at least, and at most. Units: seconds. */
  readonly seconds: { readonly least: number; readonly most: number };
  /** How long one phase of faults lasts before everything is healed and looked at. Units: seconds. */
  readonly phaseSeconds: number;
}

const PR = { accepted: 40_000, snapshots: 10_000, seconds: { least: 0, most: 7_200 }, phaseSeconds: 30 };
/** About what the figures of `pr` take on two cores. */
const PR_MINUTES = 15;

/** Everything that the matrix asks of a change, where `has` is what this machine and run have. */
export function prPlan(has: ReadonlySet<Need>): Plan {
  return { name: "pr", ...PR, faults: faultsOf(has, (kind) => termsOf(kind).pr) };
}

/** The same in proportion, for a run of so many minutes; at least once what happens at all. */
export function minutesPlan(has: ReadonlySet<Need>, minutes: number): Plan {
  const part = Math.min(1, minutes / PR_MINUTES);
  return {
    name: `${minutes} minutes`,
    faults: faultsOf(has, (kind) => Math.ceil(termsOf(kind).pr * part)),
    accepted: Math.round(PR.accepted * part),
    snapshots: Math.round(PR.snapshots * part),
    seconds: { least: minutes * 60, most: minutes * 360 },
    phaseSeconds: Math.min(PR.phaseSeconds, minutes * 15),
  };
}

/** Half a minute, for the test suite: everything that takes no longer than a moment, once or a few times. */
export function shortPlan(has: ReadonlySet<Need>): Plan {
  return {
    name: "short",
    faults: faultsOf(has, (kind) => (termsOf(kind).isSlow === true ? 0 : Math.ceil(termsOf(kind).pr / 60))),
    accepted: 700,
    snapshots: 150,
    seconds: { least: 0, most: 180 },
    phaseSeconds: 12,
  };
}

/** Only some kinds, as often as in `pr` at most, for so many seconds. For mutants and for looking at one kind. */
export function chosenPlan(kinds: readonly FaultKind[], seconds: number): Plan {
  return {
    name: kinds.join(","),
    faults: Object.fromEntries(
      kinds.map((kind) => [kind, Math.min(termsOf(kind).pr, Math.ceil(seconds / 10))]),
    ),
    accepted: 0,
    snapshots: 0,
    seconds: { least: seconds, most: seconds * 3 + 60 },
    phaseSeconds: Math.min(15, seconds),
  };
}

function faultsOf(has: ReadonlySet<Need>, count: (kind: FaultKind) => number): Plan["faults"] {
  const possible = FAULT_KINDS.filter((kind) => {
    const { needs } = termsOf(kind);
    return (needs === undefined || has.has(needs)) && count(kind) > 0;
  });
  return Object.fromEntries(possible.map((kind) => [kind, count(kind)]));
}
