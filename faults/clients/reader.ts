import type { Progress } from "#contracts/portfolios.ts";
import type { PositionList } from "#contracts/positions.ts";
import type { Choose } from "#testing/random-ledger.ts";
import { pictureOf, type Pictures } from "../checkers/pictures.ts";
import { ProgressWatch } from "../checkers/progress-watch.ts";
import type { Customer } from "./customer.ts";

interface Derived {
  readonly sequence: Progress;
}

/** Reads a customer's figures and holds them against what was promised and what was read before. */
export class Reader {
  readonly #customer: Customer;
  readonly #pictures: Pictures;
  readonly #choose: Choose;
  readonly #watch = new ProgressWatch();
  /** Once it is off, figures may be late, but not while nothing fails. */
  #lateReads = 0;

  constructor(customer: Customer, options: { pictures: Pictures; choose: Choose }) {
    this.#customer = customer;
    this.#pictures = options.pictures;
    this.#choose = options.choose;
  }

  /** Reads that had to be answered before what they asked for was matched. */
  get lateReads(): number {
    return this.#lateReads;
  }

  /** Reads something, somewhere. `foreign` is a portfolio of somebody else's. */
  async readOnce(foreign: string | undefined): Promise<void> {
    const choose = this.#choose;
    const portfolioId = choose.among(...this.#customer.portfolioIds);
    const what = choose.among(
      "positions",
      "positions",
      "fresh",
      "fresh",
      "lots",
      "pnl",
      "disposals",
      "foreign",
    );
    if (what === "positions" || what === "fresh") await this.#readPositions(portfolioId, what === "fresh");
    else if (what === "foreign") await this.#tryForeign(foreign);
    else await this.#readProgress(portfolioId, what === "lots" ? "positions/X/lots" : what);
  }

  async #readPositions(portfolioId: string, isFresh: boolean): Promise<void> {
    const least = this.#customer.newestSequences.get(portfolioId) ?? 0;
    const query = isFresh && least > 0 ? `?minSequence=${least}` : "";
    const path = `/portfolios/${portfolioId}/positions${query}`;
    const reply = await this.#customer.attempt<PositionList>({ operation: "read", method: "GET", path });
    if (reply?.status !== 200) return;
    const { sequence, items, pending } = reply.body;
    this.#see(portfolioId, sequence, path);
    if (sequence.head < least) this.#regress(`${path} knows ${sequence.head} of ${least} that were recorded`);
    if (query !== "" && sequence.applied < least) {
      this.#lateReads += 1;
      if (!pending) this.#regress(`${path} says nothing of what is pending: ${JSON.stringify(sequence)}`);
    }
    const torn = this.#pictures.see(portfolioId, sequence, pictureOf(items), "a read");
    if (torn !== undefined) this.#customer.doors.history.report("torn", torn);
  }

  async #readProgress(portfolioId: string, what: string): Promise<void> {
    const path = `/portfolios/${portfolioId}/${what}`;
    const reply = await this.#customer.attempt<Derived>({ operation: "read", method: "GET", path });
    if (reply?.status === 200) this.#see(portfolioId, reply.body.sequence, path);
  }

  async #tryForeign(foreign: string | undefined): Promise<void> {
    if (foreign === undefined) return;
    const path = `/portfolios/${foreign}/positions`;
    await this.#customer.attempt({ operation: "read-foreign", method: "GET", path });
    const trade = { type: "buy", symbol: "X", quantity: "1", price: "1", tradedAt: "2024-01-01T10:00:00Z" };
    await this.#customer.attempt({
      operation: "record-foreign",
      method: "POST",
      path: "/transactions",
      body: { portfolioId: foreign, ...trade, notes: this.#customer.canary },
    });
  }

  #see(portfolioId: string, progress: Progress, path: string): void {
    const isBack = this.#watch.see(portfolioId, progress);
    if (isBack !== undefined) this.#regress(`${path}: ${isBack}`);
  }

  #regress(problem: string): void {
    this.#customer.doors.history.report("regressions", `${this.#customer.name}: ${problem}`);
  }
}
