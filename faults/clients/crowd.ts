import { Choose } from "#testing/random-ledger.ts";
import { generator } from "#testing/simple-engine/random-history.ts";
import { Pictures } from "../checkers/pictures.ts";
import { Abandoned, type Customer } from "./customer.ts";
import type { Doors } from "./doors.ts";
import { Gate } from "./gate.ts";
import type { Listener } from "./listener.ts";
import { Visit } from "./visit.ts";

export interface CrowdOptions {
  readonly doors: Doors;
  readonly seed: number;
  /** How many there are at a time. */
  readonly places: number;
  /** How long somebody thinks between two acts, on average. Units: milliseconds. */
  readonly thinkMs: number;
}

/** The customers of a run. Whoever has recorded enough goes, and somebody new comes. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #gate = new Gate();
  readonly #pictures = new Pictures();
  readonly #visits = new Set<Visit>();
  readonly #places: Promise<void>[] = [];
  readonly #bygone = { lateReads: 0, pushes: 0 };
  #count = 0;
  #isClosing = false;

  constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** Lets everybody act. */
  open(): void {
    this.#gate.open();
    while (this.#places.length < this.#options.places) this.#places.push(this.#fill(this.#places.length));
  }

  /** Lets nobody begin anything new. Resolves true when all that was begun is done, false after `withinMs`. */
  pause(withinMs: number): Promise<boolean> {
    return this.#gate.shut(withinMs);
  }

  /** Sends everybody home, whatever they are waiting for. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#options.doors.closing.abort();
    this.#gate.close();
    await Promise.all(this.#places);
  }

  get doors(): Doors {
    return this.#options.doors;
  }

  /** Those who are at it. */
  get present(): Customer[] {
    return [...this.#visits].map(({ customer }) => customer);
  }

  get listeners(): Listener[] {
    return [...this.#visits].flatMap(({ listeners }) => listeners);
  }

  get figures(): { customers: number; lateReads: number; pushes: number } {
    const figures = { customers: this.#count, ...this.#bygone };
    for (const { lateReads, pushes } of this.#visits) {
      figures.lateReads += lateReads;
      figures.pushes += pushes;
    }
    return figures;
  }

  async #fill(place: number): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#receive(place);
      } catch (error) {
        if (!(error instanceof Abandoned)) throw error;
      }
    }
  }

  async #receive(place: number): Promise<void> {
    this.#count += 1;
    const { doors, seed, thinkMs } = this.#options;
    const options = {
      doors,
      thinkMs,
      gate: this.#gate,
      pictures: this.#pictures,
      choose: new Choose(generator(seed * 1_000 + this.#count)),
      name: `c${this.#count}`,
      kind: place % 2 === 0 ? "all-rounder" : "day-trader",
      foreignPortfolio: () => this.present.find((other) => other.name !== options.name)?.portfolioIds[0],
    } as const;
    const visit = await this.#gate.pass(() => Visit.begin(options));
    this.#visits.add(visit);
    try {
      await visit.run();
    } finally {
      this.#visits.delete(visit);
      this.#bygone.lateReads += visit.lateReads;
      this.#bygone.pushes += visit.pushes;
    }
  }
}
