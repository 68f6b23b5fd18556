import type { Choose } from "#testing/random-ledger.ts";
import type { Crowd } from "../clients/crowd.ts";
import type { History } from "../clients/history.ts";
import type { Installation, Role } from "../installation/installation.ts";

/** Where faults happen. */
export interface Site {
  readonly installation: Installation;
  readonly crowd: Crowd;
  readonly history: History;
}

/** A fault that has been decided upon, down to its target and duration. */
export interface Fault {
  /** What it takes for itself while it lasts, and what must be left alone meanwhile. */
  readonly takes: readonly string[];
  readonly needs?: readonly string[];
  /** Target and duration in words, for the history. */
  readonly words: string;
  /** Does it, and undoes what lasts. Returns how often it really happened: 0 when there was nothing to hit. */
  run(site: Site): Promise<number>;
}

/** The names of the processes, by role. */
export type Cast = Readonly<Record<Role, readonly string[]>>;

/** Decides upon one fault of a kind. All that is random about it is drawn from `choose`. */
export type Draw = (choose: Choose, cast: Cast) => Fault;

/** A whole number of milliseconds. */
export function drawMs(choose: Choose, fromMs: number, toMs: number): number {
  return Math.round(choose.between(fromMs, toMs));
}

export function memberOf({ installation }: Site, name: string) {
  const member = installation.members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`there is no process ${name}`);
  return member;
}
