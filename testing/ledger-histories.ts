import fc from "fast-check";
import type { Trader, TradeWords } from "./trader.ts";

/** A trade made so many days before the history's present day. */
interface PlacedTrade extends TradeWords {
  readonly daysAgo: number;
}

/** One thing that a user does to a ledger. `target` picks one of the transactions there are, by remainder. */
export type Act =
  | { readonly kind: "record"; readonly trades: readonly PlacedTrade[]; readonly daysPassed: number }
  | { readonly kind: "edit"; readonly target: number; readonly trade: PlacedTrade }
  | { readonly kind: "remove"; readonly target: number }
  | { readonly kind: "allow-short"; readonly allowShort: boolean };

/** What a user does to one portfolio, in rounds: all of a round is recorded before anything of it is matched. */
export interface History {
  readonly allowShort: boolean;
  readonly rounds: readonly (readonly Act[])[];
}

/** Of January 2026; far enough in it for the oldest backdated trade. */
const FIRST_DAY = 21;
const QUANTITIES = ["1", "2", "3", "7", "10", "0.5", "0.000000000000000001", "12345.678901234567890123"];
const PRICES = ["0", "1", "10", "33.333333333333333333", "0.000000000000000001", "170"];
const FEES = ["0", "0", "0", "1", "2.5", "99"];

/**
 * Most trades are made today, which may be the day of the trades before (a tie); some are backdated. Two names and now
 * and then a third, and a wrong currency.
 */
const placedTrade: fc.Arbitrary<PlacedTrade> = fc.record({
  type: fc.constantFrom("buy", "buy", "sell"),
  symbol: fc.constantFrom("ACME.SIM", "ACME.SIM", "ACME.SIM", "GLOBEX.SIM", "GLOBEX.SIM", "HOOLI.SIM"),
  quantity: fc.constantFrom(...QUANTITIES),
  price: fc.constantFrom(...PRICES),
  fees: fc.constantFrom(...FEES),
  currency: fc.constantFrom(...Array.from({ length: 19 }, () => "USD"), "EUR"),
  daysAgo: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, 3, 20),
});

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("record" as const),
      trades: fc.array(placedTrade, { minLength: 1, maxLength: 3 }),
      daysPassed: fc.constantFrom(0, 1, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("edit" as const), target: fc.nat(1_000), trade: placedTrade }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), target: fc.nat(1_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("allow-short" as const), allowShort: fc.boolean() }),
  },
);

/** Histories of some thirty acts: `rounds` rounds of one to five. */
export const histories: fc.Arbitrary<History> = fc.record({
  allowShort: fc.boolean(),
  rounds: fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), { minLength: 8, maxLength: 12 }),
});

/** A portfolio in which a history is being carried out. */
export class Played {
  readonly #trader: Trader;
  readonly portfolioId: string;
  #ids: string[] = [];
  #day = FIRST_DAY;

  constructor(trader: Trader, portfolioId: string) {
    this.#trader = trader;
    this.portfolioId = portfolioId;
  }

  async play(acts: readonly Act[]): Promise<void> {
    for (const one of acts) await this.#carryOut(one);
  }

  async #carryOut(one: Act): Promise<void> {
    if (one.kind === "record") {
      this.#day += one.daysPassed;
      const trades = one.trades.map((trade) => this.#place(trade));
      this.#ids.push(...(await this.#trader.record(this.portfolioId, trades)));
    } else if (one.kind === "allow-short") {
      await this.#trader.allowShort(this.portfolioId, one.allowShort);
    } else if (this.#ids.length > 0) {
      const id = this.#ids[one.target % this.#ids.length]!;
      if (one.kind === "edit") {
        await this.#trader.edit(id, this.#place(one.trade));
      } else {
        await this.#trader.remove(id);
        this.#ids = this.#ids.filter((other) => other !== id);
      }
    }
  }

  #place({ daysAgo, ...trade }: PlacedTrade): TradeWords {
    return { ...trade, at: new Date(Date.UTC(2026, 0, this.#day - daysAgo, 15)).toISOString() };
  }
}
