import { LOT_METHODS, type PortfolioInput } from "#contracts/portfolios.ts";
import type { TransactionEdit } from "#contracts/transactions.ts";
import { drawContent, OPENING, type Choose, type Opening } from "#testing/random-ledger.ts";
import type { Customer, OwnTransaction } from "./customer.ts";

/** What somebody does next. */
export interface Writer {
  writeOnce(): Promise<void>;
}

/** Somebody who does everything there is to do, in two or three portfolios that transfers and splits tie together. */
export class AllRounder implements Writer {
  readonly #customer: Customer;
  readonly #choose: Choose;
  readonly #openings: Opening[] = [];
  /** What this one recorded: nobody else edits it. */
  readonly #ids: string[] = [];
  #day = 1;

  constructor(customer: Customer, choose: Choose) {
    this.#customer = customer;
    this.#choose = choose;
  }

  static portfolios(choose: Choose): Omit<PortfolioInput, "name">[] {
    return Array.from({ length: choose.among(2, 3) }, () => ({
      baseCurrency: choose.among("USD", "USD", "EUR"),
      lotMethod: choose.among(...LOT_METHODS),
      allowShort: choose.chance(0.4),
      trackCash: choose.chance(0.7),
    }));
  }

  async writeOnce(): Promise<void> {
    const [customer, choose] = [this.#customer, this.#choose];
    if (choose.chance(0.3)) this.#day += 1;
    const own = standing(customer, this.#ids);
    const act = choose.among(...ACTS);
    if (act === "single" || own.length === 0) await this.#record(1);
    else if (act === "batch") await this.#record(choose.among(2, 4, 8, 12));
    else if (act === "edit") await this.#edit(choose.among(...own));
    else if (act === "withdraw") await customer.withdraw(choose.among(...own));
    else if (act === "repeat" && customer.recordings.length > 0) {
      await customer.repeat(choose.among(...customer.recordings.slice(-10)));
    } else await this.#changeSettings();
  }

  async #record(count: number): Promise<void> {
    const drawn = Array.from({ length: count }, () => {
      const portfolioId = this.#choose.among(...this.#customer.portfolioIds);
      return { portfolioId, content: this.#draw(portfolioId) };
    });
    const ids = await this.#customer.record(drawn, this.#choose.among("id", "key", "both", "both"));
    this.#ids.push(...ids);
    for (const [index, id] of ids.entries()) {
      const { content } = drawn[index]!;
      if (OPENING.includes(content.type)) this.#openings.push({ id, symbol: content.symbol! });
    }
  }

  async #edit(own: OwnTransaction): Promise<void> {
    const other = this.#draw(own.portfolioId);
    const moved = { ...own.content!, tradedAt: other.tradedAt };
    // A delivery cannot be moved before the day on which its shares were acquired.
    const isMovable = moved.acquiredAt === undefined || moved.acquiredAt <= moved.tradedAt;
    await this.#customer.edit(own, isMovable ? this.#choose.among(other, moved) : other);
  }

  async #changeSettings(): Promise<void> {
    const choose = this.#choose;
    const change = choose.among<object>(
      { lotMethod: choose.among(...LOT_METHODS) },
      { allowShort: choose.chance(0.5) },
      { trackCash: choose.chance(0.5) },
    );
    await this.#customer.insist({
      operation: "change-portfolio",
      method: "PUT",
      path: `/portfolios/${choose.among(...this.#customer.portfolioIds)}`,
      body: { name: this.#customer.canary, ...change },
    });
  }

  #draw(portfolioId: string): TransactionEdit {
    const others = this.#customer.portfolioIds.filter((id) => id !== portfolioId);
    const content = drawContent(this.#choose, { day: this.#day, others, openings: this.#openings });
    const { lots, ...rest } = content;
    const isWhole = lots === undefined || sumOf(lots) === Number(content.quantity);
    return isWhole ? content : rest;
  }
}

const ACTS = [
  ...Array<"single">(8).fill("single"),
  ...Array<"batch">(4).fill("batch"),
  ...Array<"edit">(4).fill("edit"),
  ...(["withdraw", "repeat", "settings"] as const),
] as const;

function standing(customer: Customer, ids: readonly string[]): OwnTransaction[] {
  return ids
    .flatMap((id) => customer.transactions.get(id) ?? [])
    .filter(({ content }) => content !== undefined);
}

/** Enough for the few tenths that are drawn. */
function sumOf(lots: readonly { quantity: string }[]): number {
  return lots.reduce((sum, { quantity }) => sum + Number(quantity), 0);
}

/** Somebody who trades all day, one trade after the other with a backdated one now and then, in simulated symbols. */
export class DayTrader implements Writer {
  readonly #customer: Customer;
  readonly #choose: Choose;
  readonly #ids: string[] = [];
  #minute = 0;

  constructor(customer: Customer, choose: Choose) {
    this.#customer = customer;
    this.#choose = choose;
  }

  static portfolios(choose: Choose): Omit<PortfolioInput, "name">[] {
    return Array.from({ length: choose.among(1, 2) }, () => ({
      baseCurrency: "USD",
      lotMethod: choose.among("fifo", "fifo", "lifo", "hifo", "average"),
      allowShort: choose.chance(0.3),
    }));
  }

  async writeOnce(): Promise<void> {
    const [customer, choose] = [this.#customer, this.#choose];
    const portfolioId = choose.among(...customer.portfolioIds);
    const own = standing(customer, this.#ids);
    const act = choose.among("trade", "trade", "single", "single", "import", "repeat", "edit");
    if (act === "edit" && own.length > 0) await customer.edit(choose.among(...own), this.#draw());
    else if (act === "repeat" && customer.recordings.length > 0) {
      await customer.repeat(choose.among(...customer.recordings.slice(-10)));
    } else if (act === "import") await this.#import(portfolioId, choose.among(5, 10, 20, 40));
    else if (act === "trade") this.#ids.push(...(await customer.trade(portfolioId, this.#draw())));
    else await this.#import(portfolioId, 1);
  }

  async #import(portfolioId: string, count: number): Promise<void> {
    const trades = Array.from({ length: count }, () => ({ portfolioId, content: this.#draw() }));
    this.#ids.push(...(await this.#customer.record(trades, this.#choose.among("id", "key", "both"))));
  }

  #draw(): TransactionEdit {
    const choose = this.#choose;
    this.#minute += 1;
    const minute = choose.chance(0.06)
      ? Math.floor(this.#minute * choose.among(0.2, 0.5, 0.9))
      : this.#minute;
    return {
      type: choose.chance(0.6) ? "buy" : "sell",
      symbol: choose.among("ACME.SIM", "ACME.SIM", "GLOBEX.SIM", "HOOLI.SIM"),
      quantity: choose.among("1", "3", "7", "10", "0.5", "12.25"),
      price: choose.among("10", "11.5", "9.99", "33.333333"),
      fees: choose.among("0", "0", "1"),
      tradedAt: new Date(FIRST_MINUTE + minute * 60_000).toISOString(),
    };
  }
}

const FIRST_MINUTE = Date.UTC(2025, 0, 2, 9);
