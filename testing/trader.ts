import { randomUUID } from "node:crypto";
import { insertUser } from "#adapters/postgres/accounts.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { insertPortfolio } from "#adapters/postgres/portfolios.ts";
import { deleteTransaction, editTransaction } from "#use-cases/amend-transaction.ts";
import { canonicalTrade } from "#use-cases/canonical-trade.ts";
import { changePortfolio } from "#use-cases/change-portfolio.ts";
import { recordTransactions } from "#use-cases/record-transactions.ts";

/** A trade in few words. Units: decimals as text; `at` ISO 8601. */
export interface TradeWords {
  readonly type?: "buy" | "sell";
  readonly symbol?: string;
  readonly quantity?: string;
  readonly price?: string;
  readonly fees?: string;
  readonly currency?: string;
  readonly at?: string;
}

/** A user who trades by the use-cases, without an API in between. */
export class Trader {
  readonly #db: Db;
  readonly userId = randomUUID();

  constructor(db: Db) {
    this.#db = db;
  }

  async register(): Promise<this> {
    const username = `trader-${this.userId.slice(0, 8)}`;
    const email = `${username}@example.com`;
    const passwordHash = "h1$$2b$04$nobody signs in as this user";
    await insertUser(this.#db, { id: this.userId, email, username, passwordHash });
    return this;
  }

  /** Returns the id of a new portfolio. */
  async portfolio({ allowShort = false } = {}): Promise<string> {
    const id = randomUUID();
    const settings = { name: "Main", description: "", baseCurrency: "USD", lotMethod: "fifo" } as const;
    await insertPortfolio(this.#db, { id, ownerId: this.userId, allowShort, ...settings });
    return id;
  }

  portfolios(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.portfolio()));
  }

  /** Records trades in one commit and returns their ids. */
  async record(portfolioId: string, trades: readonly TradeWords[]): Promise<string[]> {
    const recorded = await recordTransactions(this.#db, {
      userId: this.userId,
      correlationId: "test",
      trades: trades.map((trade) => ({ id: randomUUID(), portfolioId, ...tradeOf(trade) })),
    });
    if (!recorded.ok) throw new Error(recorded.error);
    return recorded.value.map((version) => version.id);
  }

  async edit(transactionId: string, trade: TradeWords): Promise<void> {
    const edited = await editTransaction(this.#db, {
      ...this.#command(transactionId),
      trade: tradeOf(trade),
    });
    if (!edited.ok) throw new Error(edited.error);
  }

  async remove(transactionId: string): Promise<void> {
    const deleted = await deleteTransaction(this.#db, this.#command(transactionId));
    if (!deleted.ok) throw new Error(deleted.error);
  }

  async allowShort(portfolioId: string, allowShort: boolean): Promise<void> {
    const key = { ownerId: this.userId, portfolioId, correlationId: "test" };
    await changePortfolio(this.#db, key, { name: "Main", allowShort });
  }

  #command(transactionId: string) {
    return { userId: this.userId, transactionId, correlationId: "test" };
  }
}

function tradeOf(words: TradeWords) {
  return canonicalTrade({
    type: words.type ?? "buy",
    symbol: words.symbol ?? "ACME.SIM",
    quantity: words.quantity ?? "1",
    price: words.price ?? "10",
    fees: words.fees ?? "0",
    currency: words.currency ?? "USD",
    tradedAt: words.at ?? "2026-01-05T15:00:00Z",
    notes: "",
  });
}
