import { v7 as uuidv7 } from "uuid";
import { insertUser } from "#adapters/postgres/accounts.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { insertPortfolio } from "#adapters/postgres/portfolios.ts";
import { randomNumbers, tradeStream, type CanonicalTrade, type TradeStream } from "./trade-stream.ts";

/** A trade on its way into the ledger: whose, where to, and under which id. */
export interface PlannedTrade extends CanonicalTrade {
  readonly userId: string;
  readonly portfolio_id: string;
  readonly id: string;
}

const START_MS = Date.UTC(2020, 0, 1);
const BETWEEN_TRADES_MS = 60_000;

interface Book {
  readonly userId: string;
  readonly portfolioId: string;
  readonly trades: TradeStream;
}

/** Portfolios of as many users, and the trades that they go on to make. */
export class TradingPortfolios {
  readonly #books: Book[] = [];
  readonly #random = randomNumbers(1);
  #clockMs = START_MS;

  /** Stores users and portfolios, by the product's own functions. `db` is the API's. */
  async create(db: Db, count: number): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
      const userId = uuidv7();
      const portfolioId = uuidv7();
      const username = `bench-${number}`;
      const passwordHash = "h1$$2b$nobody signs in with this";
      await insertUser(db, { id: userId, email: `${username}@example.com`, username, passwordHash });
      await insertPortfolio(db, {
        id: portfolioId,
        ownerId: userId,
        name: "Bench",
        description: "",
        baseCurrency: "USD",
        lotMethod: "fifo",
        allowShort: false,
      });
      this.#books.push({ userId, portfolioId, trades: tradeStream(number) });
    }
  }

  get count(): number {
    return this.#books.length;
  }

  /** The next trades, each of a portfolio drawn at random. */
  next(count: number): PlannedTrade[] {
    return Array.from({ length: count }, () =>
      this.#plan(this.#books[Math.floor(this.#random() * this.#books.length)]!),
    );
  }

  /** The next trades, as many of every portfolio, which take turns. */
  nextOfEach(count: number): PlannedTrade[] {
    return Array.from({ length: count }, () => this.#books.map((book) => this.#plan(book))).flat();
  }

  #plan({ userId, portfolioId, trades }: Book): PlannedTrade {
    this.#clockMs += BETWEEN_TRADES_MS / this.#books.length;
    return { userId, portfolio_id: portfolioId, id: uuidv7(), ...trades(Math.floor(this.#clockMs)) };
  }
}
