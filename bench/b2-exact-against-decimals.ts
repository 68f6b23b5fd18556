/*
 * B2: exact lot matching against decimal.js with 34 digits. Units: trades a second.
 *   a   matchTransactions of domain/
 *   b   matching/decimals: the same steps, with decimals in the place of bigints
 *
 * What a number costs, and nothing else: dates, maps and rows cost both sides the same and would hide it. Below it stands the
 * whole way of B1, rows in and rows out.
 */
import { type Benchmark, summarize } from "./benchmark.ts";
import { compareApart } from "./matching/compare-apart.ts";
import { inWords, nameOf, type Workload } from "./matching/compare-matchers.ts";

const FULL: Workload = { method: "fifo", holdings: 100, tradesEach: 1_000, passes: 2 };
const QUICK: Workload = { method: "fifo", holdings: 4, tradesEach: 500, passes: 1 };

const VARIATIONS: readonly Partial<Workload>[] = [
  { method: "lifo" },
  { method: "hifo" },
  { method: "average" },
];

export const exactAgainstDecimals: Benchmark = {
  id: "B2",
  name: "exact lot matching ÷ decimal.js, 34 digits",
  floor: 6,
  goal: 30,
  async run({ rounds, quick, say }) {
    const workload = quick ? QUICK : FULL;
    const compare = (way: "rows" | "arithmetic", varied: Workload, count: number) =>
      compareApart({ way, other: "decimals", workload: varied, rounds: count });
    const { a, b, ratio } = summarize(
      await compare("arithmetic", workload, rounds),
      (round) => round.a / round.b,
    );
    say("rows in, rows out");
    const growth = [inWords("rows in, rows out", await compare("rows", workload, rounds))];
    for (const variation of quick ? [] : VARIATIONS) {
      const varied: Workload = { ...workload, ...variation, passes: 1 };
      say(nameOf(varied));
      growth.push(inWords(nameOf(varied), await compare("arithmetic", varied, 3)));
    }
    return {
      a: { what: "exact", value: a, unit: "trades/s" },
      b: { what: "decimal.js", value: b, unit: "trades/s" },
      ratio,
      growth,
    };
  },
};
