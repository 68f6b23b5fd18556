import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Transaction } from "#contracts/transactions.ts";
import type { ApiClient } from "../api-client.ts";

const SYMBOLS = ["ACME.SIM", "GLOBEX.SIM", "HOOLI.SIM"];
const RETRY_MS = 100;
const ANSWER_WITHIN_MS = 20_000;
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2025, 0, 1);

/** A user whose trades make up part of the load. */
export interface Participant {
  readonly client: ApiClient;
  readonly portfolioIds: readonly string[];
}

/** What was promised: a 201, with the place in the ledger that it named. */
export interface Acknowledged {
  readonly portfolioId: string;
  readonly sequence: number;
}

/**
 * Users who record one trade after the other, some of them backdated and some sales of too much, now and then edit one,
 * and send a trade that was not answered again, under the same id, until it is.
 */
export class TradingLoad {
  /** By transaction id. */
  readonly acknowledged = new Map<string, Acknowledged>();
  /** Ids that were ever sent. */
  readonly attempted = new Set<string>();
  /** How often each kind of answer came: a status, "refused" when nobody listened, or "no answer". */
  readonly answers = new Map<string, number>();
  /** Ids of trades that were sent to somebody who listened, and did not answer. */
  readonly unanswered = new Set<string>();
  slowestMs = 0;
  readonly #participants: readonly Participant[];
  readonly #random = randomFrom(1);
  readonly #stopping = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #wake = () => {};

  constructor(participants: readonly Participant[]) {
    this.#participants = participants;
  }

  start(): this {
    this.#running = Promise.all(this.#participants.map((participant) => this.#trade(participant)));
    return this;
  }

  /** Waits for the requests in hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Resolves when so many more trades have been acknowledged. Errors: rejects after `withinMs`. */
  async progress(count: number, withinMs = 30_000): Promise<void> {
    const goal = this.acknowledged.size + count;
    const timeout = AbortSignal.timeout(withinMs);
    while (this.acknowledged.size < goal) {
      if (timeout.aborted) {
        throw new Error(`no ${count} trades in ${withinMs} ms; answers ${JSON.stringify([...this.answers])}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  async #trade({ client, portfolioIds }: Participant): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const portfolioId = portfolioIds[this.#random(portfolioIds.length)]!;
      const id = randomUUID();
      await this.#record(client, { id, portfolioId, ...this.#terms() });
      if (this.#random(10) === 0 && this.acknowledged.has(id)) {
        await this.#send(client, "PUT", `/transactions/${id}`, this.#terms());
      }
    }
  }

  async #record(client: ApiClient, trade: { id: string; portfolioId: string }): Promise<void> {
    this.attempted.add(trade.id);
    while (!this.#stopping.signal.aborted) {
      const answer = await this.#send(client, "POST", "/transactions", trade);
      if (answer === "no answer") this.unanswered.add(trade.id);
      else if (answer !== "refused" && answer.status === 201) {
        const { portfolioId, sequence } = answer.body;
        this.acknowledged.set(trade.id, { portfolioId, sequence });
        this.#wake();
        return;
      }
      await delay(RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  async #send(client: ApiClient, method: string, path: string, body: unknown) {
    const began = performance.now();
    try {
      const answer = await client.request<Transaction>(method, path, { body, timeoutMs: ANSWER_WITHIN_MS });
      const hint = answer.status === 503 && answer.headers.get("retry-after") === null ? " without hint" : "";
      this.#count(`${answer.status}${hint}`);
      return answer;
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
      const kind = code === "ECONNREFUSED" ? "refused" : "no answer";
      this.#count(kind);
      return kind;
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    }
  }

  #count(kind: string): void {
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
  }

  #terms() {
    return {
      type: this.#random(10) < 6 ? ("buy" as const) : ("sell" as const),
      symbol: SYMBOLS[this.#random(SYMBOLS.length)]!,
      quantity: String(1 + this.#random(50)),
      price: `${10 + this.#random(90)}.${this.#random(100)}`,
      fees: this.#random(4) === 0 ? "1" : "0",
      tradedAt: new Date(FIRST_DAY_MS + this.#random(500) * DAY_MS).toISOString(),
    };
  }
}

/** Whole numbers below a limit, the same in every run. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
