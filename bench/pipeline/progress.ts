import type { FanOut } from "#adapters/ports.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { portfolioChannel, type PositionChanged } from "#contracts/events.ts";

/** Longer than any batch takes, and than Kafka needs to form a group. */
const SILENCE_MS_MAX = 60_000;
const BETWEEN_LOOKS_MS = 1_000;

/** Counts trades as they are matched, from the hints that the matcher publishes after each commit. */
export class Progress {
  /** One number, shared with the recorder's thread, which waits for it to grow. */
  readonly matched = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #applied: Map<string, number>;
  #goal = 0;
  #reached = Promise.withResolvers<number>();
  #newsAt = performance.now();

  /** Listens for every portfolio in the database. */
  static async watch(db: Db, fanOut: FanOut): Promise<Progress> {
    const states = await db
      .selectFrom("portfolio_state")
      .select(["portfolio_id", "applied_sequence"])
      .execute();
    const progress = new Progress(new Map(states.map((row) => [row.portfolio_id, row.applied_sequence])));
    for (const { portfolio_id } of states) {
      await fanOut.subscribe(portfolioChannel(portfolio_id), (hint) =>
        progress.#hear(hint as PositionChanged),
      );
    }
    return progress;
  }

  private constructor(applied: Map<string, number>) {
    this.#applied = applied;
  }

  /**
   * Resolves when so many more trades are matched, with the moment. Units: milliseconds since 1970, with fractions.
   * Errors: rejects when nothing at all happens for a minute.
   */
  async wait(trades: number): Promise<number> {
    this.#goal = Atomics.load(this.matched, 0) + trades;
    this.#reached = Promise.withResolvers();
    this.#newsAt = performance.now();
    const watchdog = setInterval(() => {
      if (performance.now() - this.#newsAt < SILENCE_MS_MAX) return;
      const missing = this.#goal - Atomics.load(this.matched, 0);
      this.fail(new Error(`${missing} of ${trades} trades are not matched, and nothing happens`));
    }, BETWEEN_LOOKS_MS);
    return this.#reached.promise.finally(() => clearInterval(watchdog));
  }

  fail(error: Error): void {
    this.#reached.reject(error);
  }

  #hear({ portfolioId, applied }: PositionChanged): void {
    const before = this.#applied.get(portfolioId) ?? 0;
    if (applied <= before) return;
    this.#applied.set(portfolioId, applied);
    this.#newsAt = performance.now();
    const matched = Atomics.add(this.matched, 0, applied - before) + applied - before;
    Atomics.notify(this.matched, 0);
    if (matched >= this.#goal) this.#reached.resolve(performance.timeOrigin + performance.now());
  }
}
