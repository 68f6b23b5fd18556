import { Operator } from "./clients/operator.ts";
import { converge } from "./convergence.ts";
import { switchDropping } from "./installation/announcements.ts";
import { refuseNoLots } from "./installation/poison.ts";
import { drawFaults } from "./kinds/draw-faults.ts";
import type { Cast, Site } from "./kinds/fault.ts";
import type { Snapshots } from "./checkers/snapshots.ts";
import type { FaultKind } from "./plan/kinds.ts";
import type { Plan } from "./plan/plan.ts";
import { shortfalls } from "./result.ts";
import { Storm } from "./storm.ts";

/** Kinds that fill up a run that has done what the plan asks, until its time is over. */
const FILLING: readonly FaultKind[] = [
  "F1-api",
  "F3-matcher",
  "F7-terminate",
  "F9-api",
  "F13-double",
  "F16-postgres-reset",
];
const FILLING_COUNT = 4;

/** The rounds of one run: everybody acts while faults happen, then all is healed and must come right. */
export class Rounds {
  readonly #plan: Plan;
  readonly #seed: number;
  readonly #site: Site;
  readonly #snapshots: Snapshots;
  readonly #storm: Storm;
  readonly #cast: Cast;
  readonly #began = performance.now();
  #round = 0;
  #operator: Operator | undefined;
  convergeSeconds = 0;

  constructor(asked: { plan: Plan; seed: number }, site: Site, snapshots: Snapshots) {
    this.#plan = asked.plan;
    this.#seed = asked.seed;
    this.#site = site;
    this.#snapshots = snapshots;
    const namesOf = (role: "api" | "relay" | "matcher" | "exchange") =>
      site.installation.of(role).map(({ name }) => name);
    this.#cast = {
      api: namesOf("api"),
      relay: namesOf("relay"),
      matcher: namesOf("matcher"),
      exchange: namesOf("exchange"),
    };
    const faults = drawFaults(asked.plan.faults, { seed: asked.seed, cast: this.#cast });
    this.#storm = new Storm(site, faults, asked.plan.accepted / Math.max(1, faults.length));
  }

  get faults(): Partial<Record<FaultKind, number>> {
    return Object.fromEntries([...this.#storm.happened].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Goes on until the plan is reached and its time is over. Stops at the first round that does not converge. */
  async play(): Promise<void> {
    const plan = this.#plan;
    for (let hasConverged = true; hasConverged && !this.#isDone && this.#seconds < plan.seconds.most;) {
      this.#round += 1;
      if (this.#storm.left === 0) this.#fill();
      this.#site.crowd.open();
      await this.#storm.rage(plan.phaseSeconds * 1_000);
      hasConverged = await this.#healAndLook();
    }
  }

  /** How it goes, in one line. */
  get progress(): string {
    const { history, crowd } = this.#site;
    const { customers, pushes, lateReads } = crowd.figures;
    const faults = [...this.#storm.happened.values()].reduce((sum, count) => sum + count, 0);
    return (
      `${Math.round(this.#seconds)} s, round ${this.#round}: ${history.accepted} accepted of ${customers} customers, ` +
      `${faults} faults and ${this.#storm.left} to come, ${JSON.stringify(this.#snapshots.counts)} snapshots, ` +
      `${pushes} pushes, ${lateReads} late reads, ${history.problems.length} problems`
    );
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  get #isDone(): boolean {
    const reached = {
      faults: this.faults,
      accepted: this.#site.history.accepted,
      snapshots: this.#snapshots.taken,
    };
    const missing = shortfalls(this.#plan, reached).filter((words) => !words.startsWith("F24"));
    return missing.length === 0 && this.#storm.left === 0 && this.#seconds >= this.#plan.seconds.least;
  }

  /** What could not be had is tried again; when there is nothing of the kind, time is filled. */
  #fill(): void {
    const happened = this.faults;
    const missing = Object.entries(this.#plan.faults)
      .map(([kind, asked]) => [kind, asked - (happened[kind as FaultKind] ?? 0)] as const)
      .filter(([kind, count]) => count > 0 && kind !== "F24-embedded");
    const counts = Object.fromEntries(
      missing.length > 0 ? missing : FILLING.map((kind) => [kind, FILLING_COUNT] as const),
    );
    this.#storm.add(drawFaults(counts, { seed: this.#seed + this.#round, cast: this.#cast }));
  }

  async #healAndLook(): Promise<boolean> {
    const { installation, crowd, history } = this.#site;
    try {
      await installation.heal();
      await switchDropping(installation.owner, false);
      await refuseNoLots(installation.owner);
      this.#operator ??= await Operator.signUp(crowd.doors, installation.owner);
      const replayed = await this.#operator.replayAll();
      const ms = await converge(installation.owner, crowd);
      this.convergeSeconds = Math.max(this.convergeSeconds, Math.round(ms / 100) / 10);
      history.write({ round: this.#round, convergedMs: Math.round(ms), replayed });
      return true;
    } catch (error) {
      history.note(`round ${this.#round}: ${(error as Error).message}`);
      return false;
    }
  }
}
