import {
  readWatchedPortfolios,
  type WatchedKey,
  type WatchedPortfolio,
} from "#adapters/postgres/watched-portfolios.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { hold, type Held } from "../representations/position.ts";

/** What a live picture is made of, or brought up to date with. */
export interface Reading extends Omit<WatchedPortfolio, "positions"> {
  readonly held: readonly Held[];
  /** The highest order sequence among the positions read; 0 when there is none. */
  readonly orderSequence: number;
}

/** So that no statement runs long or brings in too much at once. */
const PORTFOLIOS_PER_STATEMENT = 100;

interface Asked {
  readonly key: WatchedKey;
  readonly resolve: (reading: Reading | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads portfolios for the live stream, one statement at a time: what is asked for while one runs waits, and is read
 * together in the next. However many sockets come at once and however many portfolios have news, the database sees one
 * connection of this node's, and the more there is to do, the less each costs.
 */
export class PortfolioReader {
  readonly #dependencies: ApiDependencies;
  #waiting: Asked[] = [];
  #isRunning = false;

  constructor(dependencies: ApiDependencies) {
    this.#dependencies = dependencies;
  }

  /** Undefined when the owner has no such portfolio. Errors: throws on faults. */
  read(key: WatchedKey): Promise<Reading | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      // Not at once: what else is asked for in this turn comes along.
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, PORTFOLIOS_PER_STATEMENT);
      this.#waiting = this.#waiting.slice(PORTFOLIOS_PER_STATEMENT);
      try {
        const readings = await this.#readBatch(batch.map(({ key }) => key));
        batch.forEach(({ resolve }, index) => resolve(readings[index]));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }

  async #readBatch(keys: readonly WatchedKey[]): Promise<(Reading | undefined)[]> {
    const { db, quotes } = this.#dependencies;
    const portfolios = await readWatchedPortfolios(db, keys);
    const rows = portfolios.flatMap((portfolio) => portfolio?.positions ?? []);
    const prices = await quotes(rows.filter((row) => row.quantity !== "0").map((row) => row.symbol));
    return portfolios.map((portfolio) => {
      if (portfolio === undefined) return undefined;
      const { positions, ...rest } = portfolio;
      return {
        ...rest,
        held: positions.map((row) => hold(row, prices.get(row.symbol))),
        orderSequence: positions.reduce((most, row) => Math.max(most, row.last_order_sequence), 0),
      };
    });
  }
}
