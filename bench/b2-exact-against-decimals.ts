/*
 * B2: exact lot matching against decimal.js with 34 digits. Units: trades a second.
 *   a   matchWork of use-cases/: rows in, rows out, as the product matches a batch
 *   b   matching/rows-in.ts with decimals: the same steps and rows, `new Decimal(text)` and `toFixed()` for the decimals
 *
 * Below it stands the arithmetic alone, as in B1.
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
  { batch: 50 },
];

export const exactAgainstDecimals: Benchmark = {
  id: "B2",
  name: "exact lot matching ÷ decimal.js, 34 digits, rows in, rows out",
  floor: 6,
  goal: 30,
  async run({ rounds, quick, say }) {
    const workload = quick ? QUICK : FULL;
    const compare = (way: "rows" | "arithmetic", varied: Workload, count: number) =>
      compareApart({ way, other: "decimals", workload: varied, rounds: count });
    const { a, b, ratio } = summarize(await compare("rows", workload, rounds), (round) => round.a / round.b);
    say("arithmetic alone");
    const growth = [inWords("arithmetic alone", await compare("arithmetic", workload, rounds))];
    for (const variation of quick ? [] : VARIATIONS) {
      const varied: Workload = { ...workload, ...variation, passes: 1 };
      say(nameOf(varied));
      growth.push(inWords(nameOf(varied), await compare("rows", varied, 3)));
    }
    return {
      a: { what: "exact", value: a, unit: "trades/s" },
      b: { what: "decimal.js", value: b, unit: "trades/s" },
      ratio,
      growth,
    };
  },
};
