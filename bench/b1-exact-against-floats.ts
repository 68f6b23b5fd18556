/*
 * B1: exact lot matching against the same code on plain floats. Units: trades a second.
 *   a   matchWork of use-cases/: rows in, rows out, as the product matches a batch
 *   b   matching/rows-in.ts with floats: the same steps and rows, `Number(text)` and `String(number)` for the decimals
 *
 * What the ratio leaves to one is the price of exactness in what the product does. Below it stands the price in the
 * arithmetic alone. Both sides make the same rows (`matching/counterparts.test.ts` compares them).
 */
import { type Benchmark, summarize } from "./benchmark.ts";
import { compareApart } from "./matching/compare-apart.ts";
import { inWords, nameOf, type Workload } from "./matching/compare-matchers.ts";

const FULL: Workload = { method: "fifo", holdings: 100, tradesEach: 1_000, passes: 3 };
const QUICK: Workload = { method: "fifo", holdings: 4, tradesEach: 500, passes: 2 };

/** The other methods, how the length of a history changes the picture, and batches that go on from what is stored. */
const VARIATIONS: readonly Partial<Workload>[] = [
  { method: "lifo" },
  { method: "hifo" },
  { method: "average" },
  { holdings: 1_000, tradesEach: 100 },
  { holdings: 10, tradesEach: 10_000 },
  { batch: 50 },
];

export const exactAgainstFloats: Benchmark = {
  id: "B1",
  name: "exact lot matching ÷ the same code on plain floats, rows in, rows out",
  floor: 0.6,
  goal: 0.85,
  async run({ rounds, quick, say }) {
    const workload = quick ? QUICK : FULL;
    const compare = (way: "rows" | "arithmetic", varied: Workload, count: number) =>
      compareApart({ way, other: "floats", workload: varied, rounds: count });
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
      b: { what: "floats", value: b, unit: "trades/s" },
      ratio,
      growth,
    };
  },
};
