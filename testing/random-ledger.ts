import type { PortfolioChange } from "#use-cases/change-portfolio.ts";
import { LOT_METHODS } from "#contracts/portfolios.ts";
import type { TransactionEdit } from "#contracts/transactions.ts";
import { generator } from "./simple-engine/random-history.ts";
import type { PortfolioSettings, Trader } from "./trader.ts";

/*
 * What a user might do to a few portfolios: record every type of transaction in batches, most of them in order and some
 * backdated, edit, withdraw and record anew, change the settings. Small numbers, so that ties, exact liquidations,
 * crossings of zero, rejections and named lots that are gone are frequent. The same seed does the same on every machine,
 * but for the random ids.
 */

/** A transaction that was recorded and not withdrawn since, as its user last left it. */
export interface Standing {
  readonly id: string;
  /** Of its recording among all: an edit keeps it. */
  readonly place: number;
  readonly portfolioId: string;
  readonly content: TransactionEdit;
}

/** A user's portfolios while a random story is being told in them. */
export class RandomLedger {
  readonly #trader: Trader;
  readonly #choose: Choose;
  readonly #settings = new Map<string, PortfolioSettings>();
  readonly #standing = new Map<string, Standing>();
  readonly #openings: Opening[] = [];
  #places = 0;
  #day = 1;

  constructor(trader: Trader, seed: number) {
    this.#trader = trader;
    this.#choose = new Choose(generator(seed));
  }

  async begin(): Promise<this> {
    const choose = this.#choose;
    for (let count = choose.among(2, 3, 3); count > 0; count -= 1) {
      const settings: PortfolioSettings = {
        baseCurrency: choose.among("USD", "USD", "EUR"),
        lotMethod: choose.among(...LOT_METHODS),
        allowShort: choose.chance(0.4),
        trackCash: choose.chance(0.7),
      };
      this.#settings.set(await this.#trader.portfolio(settings), settings);
    }
    return this;
  }

  get portfolioIds(): string[] {
    return [...this.#settings.keys()];
  }

  get settings(): ReadonlyMap<string, PortfolioSettings> {
    return this.#settings;
  }

  /** In the order of recording. */
  get standing(): readonly Standing[] {
    return [...this.#standing.values()].toSorted((a, b) => a.place - b.place);
  }

  /** Some of the portfolios, at least one. */
  somePortfolios(): string[] {
    const some = this.portfolioIds.filter(() => this.#choose.chance(0.6));
    return some.length === 0 ? [this.#choose.among(...this.portfolioIds)] : some;
  }

  /** Does a few things, of which nothing is matched in between. */
  async playRound(): Promise<void> {
    for (let acts = this.#choose.among(1, 2, 3, 4); acts > 0; acts -= 1) await this.#act();
    if (this.#choose.chance(0.8)) this.#day += 1;
  }

  async #act(): Promise<void> {
    const choose = this.#choose;
    const known = [...this.#standing.values()];
    const kind = choose.among("record", "record", "record", "record", "edit", "edit", "withdraw", "change");
    if (kind === "change") {
      if (choose.chance(0.4)) await this.#change();
    } else if (kind === "record" || known.length === 0) {
      await this.#record(Array.from({ length: choose.among(1, 2, 4, 6) }, () => this.#drawn()));
    } else if (kind === "edit") {
      await this.#edit(choose.among(...known));
    } else {
      await this.#withdraw(choose.among(...known));
    }
  }

  #drawn(portfolioId = this.#choose.among(...this.portfolioIds)) {
    const others = this.portfolioIds.filter((id) => id !== portfolioId);
    return {
      portfolioId,
      content: drawContent(this.#choose, { day: this.#day, others, openings: this.#openings }),
    };
  }

  async #record(drawn: readonly { portfolioId: string; content: TransactionEdit }[]): Promise<void> {
    const ids = await this.#trader.recordAny(
      drawn.map(({ portfolioId, content }) => ({ portfolioId, ...content })),
    );
    for (const [index, id] of ids.entries()) {
      this.#places += 1;
      const { portfolioId, content } = drawn[index]!;
      this.#standing.set(id, { id, place: this.#places, portfolioId, content });
      if (OPENING.includes(content.type)) this.#openings.push({ id, symbol: content.symbol! });
    }
  }

  /** Mostly into something else altogether; now and then only to another day or destination. */
  async #edit(before: Standing): Promise<void> {
    const { content: other } = this.#drawn(before.portfolioId);
    const content = this.#choose.among(
      other,
      { ...before.content, tradedAt: other.tradedAt },
      { ...before.content, ...(before.content.toPortfolioId !== undefined && this.#destination(before)) },
    );
    await this.#trader.editAny(before.id, withoutLateAcquisition(content));
    this.#standing.set(before.id, { ...before, content: withoutLateAcquisition(content) });
  }

  #destination({ portfolioId }: Standing): { toPortfolioId: string } {
    return { toPortfolioId: this.#choose.among(...this.portfolioIds.filter((id) => id !== portfolioId)) };
  }

  async #withdraw(standing: Standing): Promise<void> {
    await this.#trader.remove(standing.id);
    this.#standing.delete(standing.id);
    if (this.#choose.chance(0.4)) await this.#record([standing]);
  }

  async #change(): Promise<void> {
    const [choose, id] = [this.#choose, this.#choose.among(...this.portfolioIds)];
    const change: Omit<PortfolioChange, "name"> = choose.among(
      { lotMethod: choose.among(...LOT_METHODS) },
      { allowShort: choose.chance(0.5) },
      { trackCash: choose.chance(0.5) },
    );
    await this.#trader.change(id, change);
    this.#settings.set(id, { ...this.#settings.get(id)!, ...change });
  }
}

/** Draws from what there is to choose from. */
export class Choose {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  among<Value>(...values: readonly Value[]): Value {
    return values[Math.floor(this.#random() * values.length)]!;
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }
}

/** A transaction that may have opened a lot. */
export interface Opening {
  readonly id: string;
  readonly symbol: string;
}

export const OPENING: readonly TransactionEdit["type"][] = ["buy", "transfer-in"];

/** What a transaction is drawn for. */
export interface Scene {
  readonly day: number;
  /** Portfolios to transfer to. */
  readonly others: readonly string[];
  readonly openings: readonly Opening[];
}

const TYPES: readonly TransactionEdit["type"][] = [
  ...Array<"buy">(14).fill("buy"),
  ...Array<"sell">(8).fill("sell"),
  ...Array<"transfer">(5).fill("transfer"),
  ...(["dividend", "interest", "fee", "tax", "deposit", "withdrawal", "split", "split"] as const),
  ...(["transfer-in", "transfer-out", "return-of-capital", "spin-off", "merger", "symbol-change"] as const),
];

/** Most instruments are in dollars, one in euros; the types that convert one into another stay among the dollars. */
const CURRENCIES: Readonly<Record<string, string>> = { X: "USD", Y: "USD", Z: "EUR", W: "USD" };

/** Draws a transaction of any type. Two named lots do not always add up to the quantity. */
export function drawContent(choose: Choose, scene: Scene): TransactionEdit {
  const type = choose.among(...TYPES);
  const symbol = choose.among("X", "X", "X", "X", "Y", "Y", "Z", "W");
  const currency = choose.chance(0.03) ? "CHF" : CURRENCIES[symbol]!;
  const day = choose.chance(0.3) ? choose.among(1, 2, 3, 5, 8, scene.day) : scene.day;
  const hour = choose.among("10", "10", "12");
  const tradedAt = `2024-01-${String(Math.min(day, 28)).padStart(2, "0")}T${hour}:00:00Z`;
  const quantity =
    type === "buy"
      ? choose.among("10", "10", "10", "6", "5", "3", "1.5", "0.333")
      : choose.among("1", "2", "3", "4", "5", "10", "0.5", "0.333");
  const content = fieldsOf(choose, scene, { type, symbol, currency, quantity });
  const isNaming = ["sell", "transfer", "transfer-out"].includes(type) && "quantity" in content;
  const lots = isNaming && choose.chance(0.3) ? drawLots(choose, scene, { symbol, quantity }) : {};
  return withoutLateAcquisition({ type, tradedAt, ...content, ...lots });
}

type Drawn = Pick<Required<TransactionEdit>, "type" | "symbol" | "currency" | "quantity">;
type Drawn2 = Omit<TransactionEdit, "type" | "tradedAt">;

function fieldsOf(choose: Choose, scene: Scene, { type, symbol, currency, quantity }: Drawn): Drawn2 {
  const rate = choose.chance(0.85) ? { exchangeRate: choose.among("0.9", "0.91", "1.1") } : {};
  const fees = choose.among("0", "0", "0", "1", "0.5", "2");
  const ratio = choose.among("2:1", "3:1", "1:3", "3:2", "1:10", "7:3", "1:1");
  const toSymbol = choose.among(...["X", "Y", "W", "V"].filter((other) => other !== symbol));
  switch (type) {
    case "buy":
    case "sell":
      return {
        symbol,
        quantity,
        price: choose.among("10", "10", "12", "7.5", "0", "33.33"),
        fees,
        currency,
        ...rate,
      };
    case "dividend": {
      const amount = choose.among("5", "-2", "0.37");
      return { symbol, amount, tax: choose.among("0", "1"), fees: choose.among("0", "0.1"), currency };
    }
    case "split":
      return { symbol, ratio };
    case "transfer":
      return drawTransfer(choose, scene, { symbol, quantity, fees, currency, ...rate });
    case "transfer-in": {
      const acquiredAt = choose.among("2024-01-01T00:00:00Z", "2023-12-01T00:00:00Z", undefined);
      const costBasis = choose.among("0", "10", "100", "33.33");
      return {
        symbol,
        quantity,
        costBasis,
        currency,
        ...rate,
        ...(acquiredAt !== undefined && { acquiredAt }),
      };
    }
    case "transfer-out":
      return { symbol, quantity };
    case "return-of-capital":
      return { symbol, amount: choose.among("5", "10", "50", "1"), currency, ...rate };
    case "spin-off":
      return { symbol, toSymbol, ratio, costShare: choose.among("0.2", "0.25", "0.333333", "0", "1") };
    case "merger": {
      const cash = { cashPerShare: choose.among("1", "3"), costShare: choose.among("0.25", "0.1", "1", "0") };
      return { symbol, toSymbol, ratio, ...(choose.chance(0.5) && { ...cash, currency, ...rate }) };
    }
    case "symbol-change":
      return { symbol, toSymbol };
    case "deposit":
    case "withdrawal":
      return { amount: choose.among("100", "2.5"), currency };
    default:
      return { amount: choose.among("1", "2.5", "-1", "0.01"), currency };
  }
}

function drawTransfer(choose: Choose, { others }: Scene, lots: Drawn2): Drawn2 {
  const toPortfolioId = choose.among(...others);
  if (choose.chance(0.2)) return { amount: "5", currency: lots.currency!, toPortfolioId };
  const { currency, ...rest } = lots;
  return { ...rest, toPortfolioId, ...(choose.chance(0.2) && { currency: currency! }) };
}

/** One or two lots that add up to the quantity, and now and then do not. */
function drawLots(
  choose: Choose,
  { openings }: Scene,
  { symbol, quantity }: { symbol: string; quantity: string },
): Pick<TransactionEdit, "lots"> {
  const named = openings.filter((opening) => opening.symbol === symbol).slice(-8);
  if (named.length === 0) return {};
  const [one, other] = [choose.among(...named).id, choose.among(...named).id];
  if (quantity !== "5" || one === other) return { lots: [{ lotId: one, quantity }] };
  const rest = choose.chance(0.1) ? "2" : "3";
  return {
    lots: [
      { lotId: one, quantity: "2" },
      { lotId: other, quantity: rest },
    ],
  };
}

/** What is delivered was not acquired later. */
function withoutLateAcquisition(content: TransactionEdit): TransactionEdit {
  const { acquiredAt, ...rest } = content;
  if (acquiredAt === undefined || Date.parse(acquiredAt) > Date.parse(content.tradedAt)) return rest;
  return content;
}
