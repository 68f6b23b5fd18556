/*
 * B1: exact lot matching against the same code on plain floats. Units: trades a second.
 *   a   matchTransactions of domain/
 *   b   floats/match-lots.ts: the same steps and objects with numbers in the place of bigints
 *
 * What the ratio leaves to one is the price of exactness. Both sides make the same lots, slices, disposals, gains and
 * outcomes of the same trades (`matching/counterparts.test.ts` compares them).
 */
import { type Benchmark, summarize } from "./benchmark.ts";
import { compareMatchers, inWords, type Prepare, type Workload } from "./matching/compare-matchers.ts";
import { EMPTY_FLOAT_HOLDING, matchFloatTrades } from "./matching/floats/match-lots.ts";
import { tradeIn } from "./matching/trades.ts";

const FULL: Workload = { method: "fifo", holdings: 100, tradesEach: 1_000, passes: 10 };
const QUICK: Workload = { method: "fifo", holdings: 4, tradesEach: 500, passes: 2 };

/** The other methods, and how the length of a history changes the picture: 10 times less and more. */
const VARIATIONS: readonly Partial<Workload>[] = [
  { method: "lifo" },
  { method: "hifo" },
  { method: "average" },
  { holdings: 1_000, tradesEach: 100 },
  { holdings: 10, tradesEach: 10_000 },
];

const prepareFloats: Prepare = (trades, rules) => {
  const inFloats = trades.map((trade) => tradeIn(trade, Number));
  return () => matchFloatTrades(EMPTY_FLOAT_HOLDING, inFloats, rules);
};

export const exactAgainstFloats: Benchmark = {
  id: "B1",
  name: "exact lot matching ÷ the same code on plain floats",
  floor: 0.6,
  goal: 0.85,
  run({ rounds, quick, say }) {
    const workload = quick ? QUICK : FULL;
    const { a, b, ratio } = summarize(
      compareMatchers(prepareFloats, workload, rounds),
      (round) => round.a / round.b,
    );
    const growth = (quick ? [] : VARIATIONS).map((variation) => {
      const varied: Workload = { ...workload, ...variation, passes: 3 };
      say(`${varied.method}, ${varied.tradesEach} trades a holding`);
      return inWords(varied, compareMatchers(prepareFloats, varied, 3), (round) => round.a / round.b);
    });
    return Promise.resolve({
      a: { what: "exact", value: a, unit: "trades/s" },
      b: { what: "floats", value: b, unit: "trades/s" },
      ratio,
      growth,
    });
  },
};
