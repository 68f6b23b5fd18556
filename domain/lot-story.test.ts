import { describe, expect, it, vi } from "vitest";
import { randomHistory } from "#testing/simple-engine/random-history.ts";
import { readOptions } from "../scripts/vectors/read-options.ts";
import { readTransactions } from "../scripts/vectors/read-transactions.ts";
import { roundMoney, roundQuantity, type Quantity } from "./amounts.ts";
import { replayLedger } from "./ledger/apply-to-ledger.ts";
import type { HoldingPlace } from "./ledger/ledger.ts";
import { eventsUpTo, type LotEvent, LotStories, settledAt } from "./lot-story.ts";
import { type Ratio, ratioOf } from "./ratio.ts";
import { remainingBaseCost, remainingCost, type TaxLot } from "./tax-lot.ts";

// Some seconds on a busy machine; the limit is for a machine that is busier still.
vi.setConfig({ testTimeout: 60_000 });

type Fields = Readonly<Record<string, unknown>>;

describe("on random histories of every type, under every method", () => {
  const SEEDS = Array.from({ length: 1_500 }, (_, index) => 700_001 + index);

  it("the last event of a story is the lot as the ledger has it", () => {
    for (const seed of SEEDS) {
      const { stories, result } = told(randomHistory(seed));
      for (const { account, instrument, holding } of result.ledger.holdings) {
        const expected = holding.lots.map((lot) => [lot.id, figuresOf(lot)]);
        const found = holding.lots.map(({ id }) => {
          const last = stories.latest({ account, instrument }, id);
          return [id, last && figuresOfEvent(last)];
        });
        expect({ seed, found }).toEqual({ seed, found: expected });
      }
    }
  });

  it("the lot of a slice stands before it as the story says", () => {
    for (const seed of SEEDS) {
      const { stories, result } = told(randomHistory(seed));
      for (const { slices } of result.disposals) {
        const found = slices.map((slice) => figuresOfEvent(stories.before(slice)));
        expect({ seed, found }).toEqual({ seed, found: slices.map(({ lot }) => figuresOf(lot)) });
      }
    }
  });

  it("the disposals of a holding add up to its realized gain", () => {
    for (const seed of SEEDS) {
      const { stories, result } = told(randomHistory(seed));
      const { holdings } = result.ledger;
      const gains = (place: HoldingPlace) =>
        stories.disposalsOf(place).reduce((sum, { realizedGain }) => sum + realizedGain, 0n);
      expect({ seed, gains: holdings.map(gains) }).toEqual({
        seed,
        gains: holdings.map(({ holding }) => holding.realizedGain),
      });
    }
  });

  it("taking shares leaves the unit cost of the event before it, but for the 36th decimal", () => {
    for (const seed of SEEDS.slice(0, 300)) {
      const { stories, result } = told(randomHistory(seed));
      for (const { account, instrument, holding } of result.ledger.holdings) {
        for (const { id } of holding.lots) {
          for (const event of eventsUpTo(stories.latest({ account, instrument }, id)!)) {
            const from = settledAt(event);
            const share = times(from.cost, event.quantity, from.quantity);
            expect(Math.abs(Number(event.cost - share))).toBeLessThanOrEqual(3);
          }
        }
      }
    }
  });
});

describe("a story", () => {
  it("tells what opened the lot, and what every split, sale and payment left of it", () => {
    const { stories } = told({
      transactions: [
        buy("b1", 1, "100", "150"),
        sell("s1", 2, "20", "170"),
        { id: "sp", seq: 3, time: at(3), type: "split", instrument: "X", ratio: "1:3", currency: "USD" },
        { ...buy("r1", 4), type: "return_of_capital", amount: "2000" },
        sell("s2", 5, "10", "500"),
      ],
      options: { method: "fifo" },
    });
    expect(textsOf(stories, "b1")).toEqual([
      "b1 opened A/X: 100 for 15000",
      "s1 closed A/X: 80 for 12000",
      "sp split A/X: 26.666666666667 for 12000",
      "r1 paid A/X: 26.666666666667 for 10000",
      "s2 closed A/X: 16.666666666667 for 6250",
    ]);
  });

  it("follows the lot from account to account, and leaves out what becomes of the rest elsewhere", () => {
    const { stories } = told({
      transactions: [
        buy("b1", 1, "10", "100"),
        { ...move("t1", 2, "6"), account: "A", to_account: "B" },
        sell("s1", 3, "1", "120"),
        { ...sell("s2", 4, "2", "120"), account: "B" },
        { ...move("t2", 5, "4"), account: "B", to_account: "A" },
      ],
      options: { method: "fifo" },
    });
    expect(textsOf(stories, "b1")).toEqual([
      "b1 opened A/X: 10 for 1000",
      "t1 sent A/X: 4 for 400",
      "t1 received B/X: 6 for 600",
      "s1 closed A/X: 3 for 300",
      "s2 closed B/X: 4 for 400",
      "t2 received A/X: 7 for 700",
    ]);
  });

  it("of a pool is that of all that went into it", () => {
    const { stories } = told({
      transactions: [
        buy("b1", 1, "10", "10"),
        buy("b2", 2, "10", "20"),
        sell("s1", 3, "5", "30"),
        buy("b3", 4, "5", "15"),
      ],
      options: { method: "average" },
    });
    expect(textsOf(stories, "b1")).toEqual([
      "b1 opened A/X: 10 for 100",
      "b2 opened A/X: 20 for 300",
      "s1 closed A/X: 15 for 225",
      "b3 opened A/X: 20 for 300",
    ]);
  });

  it("of a short lot begins with the part of the sale that nothing was held for", () => {
    const { stories } = told({
      transactions: [buy("b1", 1, "10", "10"), { ...sell("s1", 2, "25", "12"), fees: "5" }],
      options: { method: "fifo", allow_short: true },
    });
    expect(textsOf(stories, "s1")).toEqual(["s1 opened A/X: 15 for 177"]);
  });
});

it("10,000 transactions are told in a moment", () => {
  const transactions = Array.from({ length: 10_000 }, (_, index) =>
    index % 2 === 0 ? buy(`b${index}`, index + 1, "3", "10") : sell(`s${index}`, index + 1, "1", "11"),
  );
  const began = performance.now();
  const { stories, result } = told({ transactions, options: { method: "average" } });
  const [pool] = result.ledger.holdings[0]!.holding.lots;
  expect(eventsUpTo(stories.latest({ account: "A", instrument: "X" }, pool!.id)!)).toHaveLength(10_000);
  // A fifth of a second on an idle machine, most of it reading and replaying.
  expect(performance.now() - began).toBeLessThan(2_000);
});

function told(history: { readonly transactions: readonly Fields[]; readonly options: Fields }) {
  const options = readOptions(history.options);
  const read = options.ok ? readTransactions(history.transactions, options.value.rateOn) : undefined;
  if (!options.ok || read?.ok !== true) throw new Error("unreadable history");
  const rulesOf = () => options.value.rules;
  const { transactions } = read.value;
  const result = replayLedger(transactions, rulesOf);
  return { result, stories: new LotStories(transactions.toReversed(), result, rulesOf) };
}

function figuresOf(lot: TaxLot) {
  return {
    side: lot.side,
    quantity: ratioOf(lot.remainingQuantity, lot.unit ?? 1n),
    cost: remainingCost(lot),
    baseCost: remainingBaseCost(lot),
  };
}

function figuresOfEvent({ side, quantity, cost, baseCost }: LotEvent) {
  return { side, quantity, cost, baseCost };
}

function times(cost: bigint, part: Ratio, whole: Ratio): bigint {
  return (cost * part.numerator * whole.denominator) / (part.denominator * whole.numerator);
}

function textsOf(stories: LotStories, lotId: string): string[] {
  const last = stories.latest({ account: "A", instrument: "X" }, lotId);
  return (last === undefined ? [] : eventsUpTo(last)).map(
    ({ transactionId, change, place, quantity, cost }) => {
      const count = roundQuantity(quantity.numerator as Quantity, 12, quantity.denominator);
      return `${transactionId} ${change.kind} ${place.account}/${place.instrument}: ${count} for ${roundMoney(cost, 8)}`;
    },
  );
}

function at(second: number): string {
  return new Date(Date.UTC(2024, 0, 1) + second * 1_000).toISOString();
}

function buy(id: string, seq: number, quantity = "1", price = "1"): Fields {
  const trade = { type: "buy", account: "A", instrument: "X", quantity, price, currency: "USD" };
  return { id, seq, time: at(seq), ...trade };
}

function sell(id: string, seq: number, quantity: string, price: string): Fields {
  return { ...buy(id, seq, quantity, price), type: "sell" };
}

function move(id: string, seq: number, quantity: string): Fields {
  return { ...buy(id, seq, quantity), type: "transfer" };
}
