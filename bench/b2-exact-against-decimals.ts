/*
 * B2: exact lot matching against decimal.js with 34 digits. Units: trades a second.
 *   a   matchTransactions of domain/
 *   b   decimals/match-lots.ts: the same steps and objects with decimals in the place of bigints
 */
import { type Benchmark, summarize } from "./benchmark.ts";
import { compareMatchers, inWords, type Prepare, type Workload } from "./matching/compare-matchers.ts";
import { Decimal34 } from "./matching/decimals/decimal.ts";
import { EMPTY_DECIMAL_HOLDING, matchDecimalTrades } from "./matching/decimals/match-lots.ts";
import { tradeIn } from "./matching/trades.ts";

const FULL: Workload = { method: "fifo", holdings: 100, tradesEach: 1_000, passes: 4 };
const QUICK: Workload = { method: "fifo", holdings: 4, tradesEach: 500, passes: 1 };

const VARIATIONS: readonly Partial<Workload>[] = [
  { method: "lifo" },
  { method: "hifo" },
  { method: "average" },
];

const prepareDecimals: Prepare = (trades, rules) => {
  const inDecimals = trades.map((trade) => tradeIn(trade, (text) => new Decimal34(text)));
  return () => matchDecimalTrades(EMPTY_DECIMAL_HOLDING, inDecimals, rules);
};

export const exactAgainstDecimals: Benchmark = {
  id: "B2",
  name: "exact lot matching ÷ decimal.js, 34 digits",
  floor: 6,
  goal: 30,
  run({ rounds, quick, say }) {
    const workload = quick ? QUICK : FULL;
    const { a, b, ratio } = summarize(
      compareMatchers(prepareDecimals, workload, rounds),
      (round) => round.a / round.b,
    );
    const growth = (quick ? [] : VARIATIONS).map((variation) => {
      const varied: Workload = { ...workload, ...variation, passes: 1 };
      say(varied.method);
      return inWords(varied, compareMatchers(prepareDecimals, varied, 3), (round) => round.a / round.b);
    });
    return Promise.resolve({
      a: { what: "exact", value: a, unit: "trades/s" },
      b: { what: "decimal.js", value: b, unit: "trades/s" },
      ratio,
      growth,
    });
  },
};
