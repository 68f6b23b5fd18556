/*
 * Everything that customers asked and were answered, one JSON object a line, and what the checkers need of it in memory.
 * A fault run is judged by this and by what the database holds in the end, by nothing else.
 */
import { createWriteStream, type WriteStream } from "node:fs";
import type { TransactionInput } from "#contracts/transactions.ts";
import { ErrorBudget, type Answered } from "../checkers/error-budget.ts";

/** One transaction that a customer was told is recorded, as it was told. Units: milliseconds since the run began. */
export interface Acknowledged {
  readonly portfolioId: string;
  readonly id: string;
  readonly sequence: number;
  readonly version: number;
  /** What was sent; undefined for a withdrawal. */
  readonly content: Omit<TransactionInput, "id" | "portfolioId"> | undefined;
  /** When it was sent first, and when the answer was there. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

const PROBLEMS_MAX = 200;

export class History {
  readonly #lines: WriteStream;
  readonly #budget = new ErrorBudget();
  readonly #startedAt = performance.now();
  /** In the order of the answers. */
  readonly acknowledged: Acknowledged[] = [];
  /** How often each kind of answer came, by operation. */
  readonly answers = new Map<string, number>();
  /** What must not be, in words: the first of each kind of it, and how many more. */
  readonly problems: string[] = [];
  #accepted = 0;
  /** Counts of what checkers found while the run went on. */
  readonly found = { doubled: 0, regressions: 0, torn: 0, leaks: 0, overBudget: 0 };
  /** Portfolios of those who were sent home before a request of theirs was settled: what is in them is not known. */
  readonly unsettled = new Set<string>();
  /** A clock is wrong somewhere: tokens may be refused. */
  areClocksOff = false;

  constructor(file: string) {
    this.#lines = createWriteStream(file);
  }

  get now(): number {
    return performance.now() - this.#startedAt;
  }

  /** Transactions that customers were told are recorded: versions that edits and withdrawals added count as well. */
  get accepted(): number {
    return this.#accepted;
  }

  write(event: object): void {
    this.#lines.write(`${JSON.stringify({ at: Math.round(this.now), ...event })}\n`);
  }

  answered(answer: Answered): void {
    const kind = `${answer.operation} ${answer.status ?? "no answer"}${answer.code === undefined ? "" : ` ${answer.code}`}`;
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    const problem = this.#budget.judge(answer, { areClocksOff: this.areClocksOff });
    if (problem !== undefined) this.report("overBudget", problem);
    this.write(answer);
  }

  acknowledge(one: Acknowledged): void {
    this.#accepted += 1;
    this.acknowledged.push(one);
  }

  report(kind: keyof History["found"], problem: string): void {
    this.found[kind] += 1;
    this.note(problem);
  }

  note(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
    this.write({ problem });
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#lines.end(resolve));
  }
}
