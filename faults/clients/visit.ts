import { setTimeout as delay } from "node:timers/promises";
import type { PortfolioInput } from "#contracts/portfolios.ts";
import type { Choose } from "#testing/random-ledger.ts";
import type { Pictures } from "../checkers/pictures.ts";
import { AllRounder, DayTrader, type Writer } from "./acts.ts";
import { Customer } from "./customer.ts";
import type { Doors } from "./doors.ts";
import type { Gate } from "./gate.ts";
import { Listener } from "./listener.ts";
import { Reader } from "./reader.ts";

/** Few enough to hold every figure of somebody against a second engine many times a second. */
const TRANSACTIONS_MAX = 150;

export interface VisitOptions {
  readonly doors: Doors;
  readonly gate: Gate;
  readonly pictures: Pictures;
  readonly choose: Choose;
  readonly name: string;
  readonly kind: "all-rounder" | "day-trader";
  /** Between two acts, on average. Units: milliseconds. */
  readonly thinkMs: number;
  /** A portfolio of somebody else's, if there is one. */
  readonly foreignPortfolio: () => string | undefined;
}

/** One customer from signing up until there is enough to look at: two who write at once, one who reads, some who listen. */
export class Visit {
  readonly customer: Customer;
  readonly #options: VisitOptions;
  readonly #writers: Writer[] = [];
  readonly #reader: Reader;
  listeners: Listener[] = [];
  #isOver = false;

  private constructor(options: VisitOptions, customer: Customer) {
    this.#options = options;
    this.customer = customer;
    this.#reader = new Reader(customer, options);
  }

  static async begin(options: VisitOptions): Promise<Visit> {
    const { choose, pictures } = options;
    const customer = await new Customer(options.doors, options.name).signUp();
    const visit = new Visit(options, customer);
    const inputs = KINDS[options.kind].portfolios(choose);
    for (const input of inputs) await customer.openPortfolio(input);
    visit.#writers.push(...[1, 2].map(() => KINDS[options.kind].writer(customer, choose)));
    visit.listeners = customer.portfolioIds.slice(0, 2).map((id) => new Listener(customer, id, pictures));
    return visit;
  }

  get lateReads(): number {
    return this.#reader.lateReads;
  }

  get pushes(): number {
    return this.listeners.reduce((sum, listener) => sum + listener.pushes, 0);
  }

  /** Errors: Abandoned. */
  async run(): Promise<void> {
    const listening = this.listeners.map((listener) => listener.run());
    const reading = this.#repeat(() => this.#reader.readOnce(this.#options.foreignPortfolio()));
    try {
      await Promise.all(this.#writers.map((writer) => this.#repeat(() => writer.writeOnce())));
    } finally {
      this.#isOver = true;
      for (const listener of this.listeners) listener.stop();
      await Promise.allSettled([reading, ...listening]);
    }
  }

  async #repeat(act: () => Promise<void>): Promise<void> {
    const { gate, thinkMs } = this.#options;
    while (!this.#isOver && this.customer.transactions.size < TRANSACTIONS_MAX) {
      await gate.pass(act);
      await delay(-Math.log(1 - Math.random()) * thinkMs);
    }
  }
}

interface Kind {
  portfolios(choose: Choose): Omit<PortfolioInput, "name">[];
  writer(customer: Customer, choose: Choose): Writer;
}

const KINDS: Readonly<Record<VisitOptions["kind"], Kind>> = {
  "all-rounder": {
    portfolios: (choose) => AllRounder.portfolios(choose),
    writer: (customer, choose) => new AllRounder(customer, choose),
  },
  "day-trader": {
    portfolios: (choose) => DayTrader.portfolios(choose),
    writer: (customer, choose) => new DayTrader(customer, choose),
  },
};
