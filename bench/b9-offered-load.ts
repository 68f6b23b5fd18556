/*
 * Offers trades at a fixed rate, whatever becomes of them (an open loop): a server that falls behind gets no mercy, and
 * the wait that it causes is in the figures. The time of a trade runs from the moment its POST begins to the moment its
 * `transaction` message arrives at the subscribed socket of its owner.
 */
import { setTimeout as delay } from "node:timers/promises";
import { v7 as uuidv7 } from "uuid";
import { quantile } from "./benchmark.ts";
import type { Crowd } from "./b9-crowd.ts";

export interface OfferedLoad {
  readonly ratePerSecond: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** What came of the trades that were begun in the measured time. Units: milliseconds. */
export interface LoadResult {
  readonly pushP50: number;
  readonly pushP99: number;
  readonly acceptP50: number;
  readonly offered: number;
  readonly refused: number;
  /** Accepted, but not pushed in time. */
  readonly missing: number;
  /** Whether requests were answered as fast as they came. */
  readonly sustained: boolean;
}

/** The API gives up on a request after as long. */
const PUSHED_WITHIN_MS = 15_000;
/** With more than these many milliseconds' worth of requests unanswered at the end, the server has fallen behind. */
const BACKLOG_MS_MAX = 100;
/** At low rates a few requests are no backlog. */
const BACKLOG_MIN = 10;
/** Nothing is learnt from a longer queue. */
const BACKLOG_MS_ABORT = 3_000;

export async function offerLoad(crowd: Crowd, load: OfferedLoad): Promise<LoadResult> {
  const run = new Run(crowd, load);
  crowd.onTransaction = (id) => run.pushed(id);
  await run.offer();
  const result = await run.finish();
  crowd.onTransaction = () => {};
  return result;
}

class Run {
  readonly #crowd: Crowd;
  readonly #load: OfferedLoad;
  readonly #begun = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #pushMs: number[] = [];
  readonly #acceptMs: number[] = [];
  #offered = 0;
  #refused = 0;
  #unanswered = 0;
  #backlog = 0;
  #next = 0;

  constructor(crowd: Crowd, load: OfferedLoad) {
    this.#crowd = crowd;
    this.#load = load;
  }

  async offer(): Promise<void> {
    const { ratePerSecond, warmUpMs, measuredMs } = this.#load;
    const startedAt = performance.now();
    let sent = 0;
    for (;;) {
      const elapsed = performance.now() - startedAt;
      if (elapsed >= warmUpMs + measuredMs) break;
      if (this.#unanswered > (ratePerSecond * BACKLOG_MS_ABORT) / 1000) break;
      const due = Math.floor((elapsed / 1000) * ratePerSecond);
      for (; sent < due; sent += 1) void this.#send(elapsed >= warmUpMs);
      await delay(1);
    }
    this.#backlog = this.#unanswered;
  }

  pushed(id: string): void {
    if (!this.#waiting.delete(id)) return;
    this.#pushMs.push(performance.now() - this.#begun.get(id)!);
  }

  async finish(): Promise<LoadResult> {
    const deadline = performance.now() + PUSHED_WITHIN_MS;
    while ((this.#unanswered > 0 || this.#waiting.size > 0) && performance.now() < deadline) await delay(10);
    const none = this.#pushMs.length === 0;
    const backlogMax = Math.max((this.#load.ratePerSecond * BACKLOG_MS_MAX) / 1000, BACKLOG_MIN);
    return {
      pushP50: none ? Infinity : quantile(this.#pushMs, 0.5),
      pushP99: none ? Infinity : quantile(this.#pushMs, 0.99),
      acceptP50: this.#acceptMs.length === 0 ? Infinity : quantile(this.#acceptMs, 0.5),
      offered: this.#offered,
      refused: this.#refused,
      missing: this.#waiting.size,
      sustained: this.#backlog <= backlogMax && this.#refused === 0,
    };
  }

  async #send(isMeasured: boolean): Promise<void> {
    const { members } = this.#crowd;
    // Users take turns, and the portfolios of each.
    const member = members[this.#next % members.length]!;
    const portfolio = member.portfolios[Math.floor(this.#next / members.length) % member.portfolios.length]!;
    this.#next += 1;
    const { type, symbol, quantity, price, fees, traded_at: tradedAt } = portfolio.trades(Date.now());
    const id = uuidv7();
    const begunAt = performance.now();
    this.#begun.set(id, begunAt);
    if (isMeasured) {
      this.#offered += 1;
      this.#waiting.add(id);
    }
    this.#unanswered += 1;
    const body = { id, portfolioId: portfolio.id, type, symbol, quantity, price, fees, tradedAt };
    const status = await this.#crowd.post("/transactions", member.token, body).catch(() => 0);
    this.#unanswered -= 1;
    if (!isMeasured) return;
    if (status === 201) {
      this.#acceptMs.push(performance.now() - begunAt);
    } else {
      this.#refused += 1;
      this.#waiting.delete(id);
    }
  }
}
