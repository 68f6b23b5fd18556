import { setTimeout as delay } from "node:timers/promises";
import type { DrawnFault, StagedKind } from "./kinds/draw-faults.ts";
import type { Site } from "./kinds/fault.ts";

/** How many faults there are at a time. */
const AT_A_TIME = 5;
/** A fault that found nothing to hit comes again this often. */
const ATTEMPTS_MAX = 6;
const BREATHER_MS = 60;
/** However little gets through, there is another fault in the end. */
const PACE_WAIT_MS = 3_000;

interface Waiting {
  readonly fault: DrawnFault;
  attempts: number;
}

/**
 * Carries out faults that were decided upon, several at a time, none on what another has taken for itself. It keeps pace
 * with the customers: a product that is broken faster than anybody can trade shows nothing.
 */
export class Storm {
  readonly #site: Site;
  readonly #acceptedPerFault: number;
  #waiting: Waiting[];
  #begun = 0;
  readonly #taken = new Set<string>();
  readonly #needed: string[] = [];
  /** How often each kind really happened. */
  readonly happened = new Map<StagedKind, number>();

  constructor(site: Site, faults: readonly DrawnFault[], acceptedPerFault: number) {
    this.#site = site;
    this.#acceptedPerFault = acceptedPerFault;
    this.#waiting = faults.map((fault) => ({ fault, attempts: 0 }));
  }

  get left(): number {
    return this.#waiting.length;
  }

  add(faults: readonly DrawnFault[]): void {
    this.#waiting.push(...faults.map((fault) => ({ fault, attempts: 0 })));
  }

  /** Resolves after so many milliseconds, or when nothing is left, with everything undone that was begun. */
  async rage(forMs: number): Promise<void> {
    const deadline = performance.now() + forMs;
    const isOver = () => performance.now() > deadline || this.#waiting.length === 0;
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        while (!isOver()) {
          await this.#keepPace(isOver);
          const next = this.#takeNext();
          if (next !== undefined) await this.#carryOut(next);
          await delay(BREATHER_MS * (0.5 + Math.random()));
        }
      }),
    );
  }

  async #keepPace(isOver: () => boolean): Promise<void> {
    const giveUpAt = performance.now() + PACE_WAIT_MS;
    const isAhead = () => this.#begun * this.#acceptedPerFault > this.#site.history.accepted;
    while (isAhead() && !isOver() && performance.now() < giveUpAt) await delay(BREATHER_MS);
  }

  /** The first that gets in nobody's way. */
  #takeNext(): Waiting | undefined {
    const isFree = ({ fault: { takes, needs = [] } }: Waiting) =>
      [...takes, ...needs].every((name) => !this.#taken.has(name)) &&
      takes.every((name) => !this.#needed.includes(name));
    const index = this.#waiting.findIndex(isFree);
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  async #carryOut(waiting: Waiting): Promise<void> {
    const { fault } = waiting;
    const { kind, words, takes, needs = [] } = fault;
    for (const name of takes) this.#taken.add(name);
    this.#needed.push(...needs);
    const { history } = this.#site;
    const began = history.now;
    this.#begun += 1;
    let times = 0;
    let failure: string | undefined;
    try {
      times = await fault.run(this.#site);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    for (const name of takes) this.#taken.delete(name);
    for (const name of needs) this.#needed.splice(this.#needed.indexOf(name), 1);
    history.write({ fault: kind, words, times, ms: Math.round(history.now - began), failure });
    if (times > 0) {
      this.happened.set(kind, (this.happened.get(kind) ?? 0) + times);
      return;
    }
    waiting.attempts += 1;
    if (waiting.attempts < ATTEMPTS_MAX) this.#waiting.push(waiting);
  }
}
