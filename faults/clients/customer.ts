import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { SignedIn } from "#contracts/accounts.ts";
import type { Portfolio, PortfolioInput } from "#contracts/portfolios.ts";
import type { Transaction, TransactionEdit, TransactionInput } from "#contracts/transactions.ts";
import { isSettled } from "../checkers/error-budget.ts";
import type { Asked, Doors, Reply } from "./doors.ts";

/** A transaction of the customer's own as it should stand: undefined content means withdrawn. */
export interface OwnTransaction {
  readonly id: string;
  readonly portfolioId: string;
  readonly version: number;
  readonly content: TransactionEdit | undefined;
}

/** A recording and the answer to it, to be asked for again. */
export interface Recording {
  readonly asked: Asked;
  readonly text: string;
}

/** The run is over, and what was asked has no answer yet. */
export class Abandoned extends Error {}

const PASSWORD = "a long enough password";
const RETRY_FROM_MS = 100;
const RETRY_SPREAD_MS = 200;

/** Somebody with portfolios, who asks until there is an answer and remembers what was promised. */
export class Customer {
  readonly #doors: Doors;
  readonly name: string;
  readonly canary = `canary-${randomBytes(8).toString("hex")}`;
  readonly portfolioIds: string[] = [];
  /** By id. */
  readonly transactions = new Map<string, OwnTransaction>();
  /** By portfolio: the newest place in its ledger that was named to us. */
  readonly newestSequences = new Map<string, number>();
  readonly recordings: Recording[] = [];
  token: string | undefined;
  #login = "";

  constructor(doors: Doors, name: string) {
    this.#doors = doors;
    this.name = name;
  }

  /** The username. */
  get login(): string {
    return this.#login;
  }

  get doors(): Doors {
    return this.#doors;
  }

  /** An account that was made without telling us stays behind, with nothing in it. */
  async signUp(): Promise<this> {
    for (;;) {
      const username = `${this.name}-${randomBytes(6).toString("hex")}`;
      const body = { email: `${username}@example.com`, username, password: PASSWORD };
      const reply = await this.attempt({
        operation: "register",
        method: "POST",
        path: "/auth/register",
        body,
      });
      if (reply?.status === 201) {
        this.#login = username;
        break;
      }
      await this.#pause();
    }
    return this.logIn();
  }

  async logIn(): Promise<this> {
    this.token = undefined;
    const body = { login: this.#login, password: PASSWORD };
    for (;;) {
      const asked = { operation: "login", method: "POST", path: "/auth/login", body } as const;
      const reply = await this.attempt<SignedIn>(asked);
      if (reply?.status === 200) {
        this.token = reply.body.accessToken;
        return this;
      }
      await this.#pause();
    }
  }

  async openPortfolio(input: Omit<PortfolioInput, "name">): Promise<string> {
    const body = { name: this.canary, description: this.canary, ...input };
    const reply = await this.insist<Portfolio>({
      operation: "create-portfolio",
      method: "POST",
      path: "/portfolios",
      body,
    });
    this.portfolioIds.push(reply.body.id);
    return reply.body.id;
  }

  attempt<Body>(asked: Asked, attempt = 1): Promise<Reply<Body> | undefined> {
    if (this.#doors.closing.signal.aborted) throw new Abandoned();
    const { name: who, canary, token } = this;
    return this.#doors.knock<Body>(asked, { who, canary, token, attempt });
  }

  /** Sends the same request until it is answered for good. Errors: Abandoned. */
  async insist<Body>(asked: Asked): Promise<Reply<Body>> {
    try {
      return await this.#insist<Body>(asked);
    } catch (error) {
      if (asked.method !== "GET") for (const id of this.portfolioIds) this.#doors.history.unsettled.add(id);
      throw error;
    }
  }

  async #insist<Body>(asked: Asked): Promise<Reply<Body>> {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await this.attempt<Body>(asked, attempt);
      if (reply !== undefined && isSettled(reply.status, reply.code)) return reply;
      await this.#pause();
      if (reply?.status === 401) await this.logIn();
    }
  }

  /** Records transactions in one request, under an id, a key, or both. Their portfolios are ours. */
  async record(
    inputs: readonly { portfolioId: string; content: TransactionEdit }[],
    how: "id" | "key" | "both",
  ) {
    const transactions = inputs.map(({ portfolioId, content }): TransactionInput => ({
      ...(how === "key" ? {} : { id: randomUUID() }),
      portfolioId,
      ...content,
      notes: this.canary,
    }));
    const [only] = transactions;
    const isSingle = transactions.length === 1;
    return this.#recordAs(
      {
        operation: isSingle ? "record" : "record-batch",
        method: "POST",
        path: isSingle ? "/transactions" : "/transactions/batch",
        body: isSingle ? only : { transactions },
        ...(how === "id" ? {} : { key: randomUUID() }),
      },
      inputs,
    );
  }

  /** Records a trade by signed quantity. */
  async trade(portfolioId: string, content: TransactionEdit): Promise<string[]> {
    const { type, quantity, symbol, price, fees, tradedAt } = content;
    const body = { symbol, qty: type === "sell" ? `-${quantity}` : quantity, price, fees, tradedAt };
    const path = `/portfolios/${portfolioId}/trades`;
    const asked = { operation: "trade", method: "POST", path, body, key: randomUUID() } as const;
    return this.#recordAs(asked, [{ portfolioId, content }]);
  }

  async #recordAs(
    asked: Asked,
    inputs: readonly { portfolioId: string; content: TransactionEdit }[],
  ): Promise<string[]> {
    const askedAt = this.#doors.history.now;
    const reply = await this.insist<Transaction | { items: Transaction[] }>(asked);
    if (reply.status !== 201) return [];
    const recorded = "items" in reply.body ? reply.body.items : [reply.body];
    for (const [index, one] of recorded.entries()) {
      this.#keep(one, { content: inputs[index]!.content, askedAt, answeredAt: reply.answeredAt });
    }
    if (recorded.length !== inputs.length)
      this.#doors.history.report(
        "doubled",
        `${recorded.length} of ${inputs.length} came back of ${reply.text}`,
      );
    this.recordings.push({ asked, text: reply.text });
    return recorded.map(({ id }) => id);
  }

  /** Replaces a transaction as we know it. */
  async edit(own: OwnTransaction, content: TransactionEdit): Promise<void> {
    const askedAt = this.#doors.history.now;
    const path = `/transactions/${own.id}`;
    const body = { version: own.version, ...content, notes: this.canary };
    const reply = await this.insist<Transaction>({ operation: "edit", method: "PUT", path, body });
    // An attempt that we know nothing of may have been carried out: then it stands as we wanted it.
    const known =
      reply.status === 409
        ? await this.insist<Transaction>({ operation: "read-transaction", method: "GET", path })
        : reply;
    if (known.status !== 200) return;
    if (known.body.version <= own.version) {
      this.#doors.history.report(
        "doubled",
        `${path} conflicts at version ${own.version} and is at ${known.body.version}`,
      );
    }
    this.#keep(known.body, { content, askedAt, answeredAt: known.answeredAt });
  }

  async withdraw(own: OwnTransaction): Promise<void> {
    const path = `/transactions/${own.id}`;
    const askedAt = this.#doors.history.now;
    const reply = await this.insist({ operation: "delete", method: "DELETE", path });
    if (reply.status !== 204 && reply.status !== 404) return;
    this.transactions.set(own.id, { ...own, version: own.version + 1, content: undefined });
    this.#doors.history.acknowledge({
      portfolioId: own.portfolioId,
      id: own.id,
      version: own.version + 1,
      sequence: 0,
      content: undefined,
      askedAt,
      answeredAt: reply.answeredAt,
    });
  }

  /** Sends a recording once more, as it was: the answer must be the same to the letter. */
  async repeat({ asked, text }: Recording): Promise<void> {
    const reply = await this.insist(asked);
    if (reply.status === 201 && reply.text === text) return;
    this.#doors.history.report(
      "doubled",
      `${asked.path} under its key again: ${reply.text} instead of ${text}`,
    );
  }

  #keep(
    { id, portfolioId, sequence, version }: Transaction,
    told: { content: TransactionEdit; askedAt: number; answeredAt: number },
  ): void {
    this.transactions.set(id, { id, portfolioId, version, content: told.content });
    const newest = this.newestSequences.get(portfolioId) ?? 0;
    this.newestSequences.set(portfolioId, Math.max(newest, sequence));
    this.#doors.history.acknowledge({ id, portfolioId, sequence, version, ...told });
  }

  async #pause(): Promise<void> {
    const { signal } = this.#doors.closing;
    await delay(RETRY_FROM_MS + Math.random() * RETRY_SPREAD_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new Abandoned();
  }
}
