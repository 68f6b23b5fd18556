import { randomUUID } from "node:crypto";
import { insertUser } from "#adapters/postgres/accounts.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { insertPortfolio } from "#adapters/postgres/portfolios.ts";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { TransactionEdit, TransactionInput } from "#contracts/transactions.ts";
import { deleteTransaction, editTransaction } from "#use-cases/amend-transaction.ts";
import { canonicalTransaction, type CanonicalTransaction } from "#use-cases/canonical-transaction.ts";
import { changePortfolio, deletePortfolio, type PortfolioChange } from "#use-cases/change-portfolio.ts";
import { matchLots } from "#use-cases/match-lots.ts";
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

/** The settings that figures follow from. */
export interface PortfolioSettings {
  readonly baseCurrency: string;
  readonly lotMethod: LotMethod;
  readonly allowShort: boolean;
  readonly trackCash: boolean;
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
  async portfolio(settings: Partial<PortfolioSettings> = {}): Promise<string> {
    const id = randomUUID();
    const usual = { baseCurrency: "USD", lotMethod: "fifo", allowShort: false, trackCash: false } as const;
    const rest = { name: "Main", description: "" };
    await insertPortfolio(this.#db, { id, ownerId: this.userId, ...rest, ...usual, ...settings });
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
      transactions: trades.map((trade) => ({
        id: randomUUID(),
        portfolio_id: portfolioId,
        ...tradeOf(trade),
      })),
    });
    if (!recorded.ok) throw new Error(recorded.error);
    return recorded.value.map((version) => version.id);
  }

  /** The same for transactions of any type, in any of the user's portfolios. */
  async recordAny(inputs: readonly TransactionInput[]): Promise<string[]> {
    const recorded = await recordTransactions(this.#db, {
      userId: this.userId,
      correlationId: "test",
      transactions: inputs.map(({ id = randomUUID(), portfolioId, ...input }) => ({
        id,
        portfolio_id: portfolioId,
        ...canonicalTransaction(input),
      })),
    });
    if (!recorded.ok) throw new Error(recorded.error);
    return recorded.value.map((version) => version.id);
  }

  edit(transactionId: string, trade: TradeWords): Promise<void> {
    return this.#replace(transactionId, tradeOf(trade));
  }

  editAny(transactionId: string, input: TransactionEdit): Promise<void> {
    return this.#replace(transactionId, canonicalTransaction(input));
  }

  async #replace(transactionId: string, transaction: CanonicalTransaction): Promise<void> {
    const edited = await editTransaction(this.#db, { ...this.#command(transactionId), transaction });
    if (!edited.ok) throw new Error(edited.error);
  }

  async remove(transactionId: string): Promise<void> {
    const deleted = await deleteTransaction(this.#db, this.#command(transactionId));
    if (!deleted.ok) throw new Error(deleted.error);
  }

  allowShort(portfolioId: string, allowShort: boolean): Promise<void> {
    return this.change(portfolioId, { allowShort });
  }

  async change(portfolioId: string, change: Omit<PortfolioChange, "name">): Promise<void> {
    const key = { ownerId: this.userId, portfolioId, correlationId: "test" };
    await changePortfolio(this.#db, key, { name: "Main", ...change });
  }

  /** Undefined when it was deleted, else why not. */
  async deletePortfolio(portfolioId: string): Promise<string | undefined> {
    const deleted = await deletePortfolio(this.#db, { ownerId: this.userId, portfolioId });
    return deleted.ok ? undefined : deleted.error;
  }

  #command(transactionId: string) {
    return { userId: this.userId, transactionId, correlationId: "test" };
  }
}

/** Matches until nothing of the portfolios is behind: what one turn makes of one portfolio can concern the next. */
export async function matchEverything(worker: Db, portfolioIds: readonly string[]): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const { changes } = await matchLots(worker, portfolioIds);
    if (changes.length === 0) return;
  }
  throw new Error(`portfolios ${portfolioIds.join(", ")} are still behind after ${TURNS_MAX} turns`);
}

const TURNS_MAX = 20;

function tradeOf(words: TradeWords) {
  return canonicalTransaction({
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
