/*
 * B17: how long the rebuild of one holding takes after a backdated insert, in the pure domain. Units: milliseconds.
 *   a   FIFO
 *   b   average cost
 *
 * A backdated transaction changes what every later one meets, so the holding is replayed from its first transaction:
 * put in order, matched anew, everything there is to save made. The figure that counts is the slower of the two.
 */
import type { LotMethod } from "#domain/lot-order.ts";
import { replay } from "#domain/replay.ts";
import type { LedgerTransaction } from "#domain/transaction.ts";
import { alternate, type Benchmark, formatFigure, median } from "./benchmark.ts";
import { exactTrade, writeTrades } from "./matching/trades.ts";

const TRANSACTIONS = 8_000;
const GROWTH_FACTORS = [1, 10, 100];
const REPEATS = 5;
const QUICK_FACTOR = 1 / 16;
/** Where in the history the late transaction belongs. */
const INSERTED_AT = 0.1;

export const rebuildAfterBackdated: Benchmark = {
  id: "B17",
  name: `rebuild of ${TRANSACTIONS.toLocaleString("en-US")} transactions after one backdated insert`,
  figure: { unit: "ms", better: "less" },
  floor: 100,
  goal: 40,
  async run({ rounds, quick, say }) {
    const count = quick ? TRANSACTIONS * QUICK_FACTOR : TRANSACTIONS;
    const history = backdatedHistory(count);
    say(
      `first run in a process that has not matched yet: ${formatFigure(rebuildMs(history, "fifo"))} ms FIFO`,
    );
    const medianOf = (method: LotMethod) =>
      Promise.resolve(median(Array.from({ length: REPEATS }, () => rebuildMs(history, method))));
    await medianOf("average");
    const results = await alternate(rounds, { a: () => medianOf("fifo"), b: () => medianOf("average") });
    return {
      a: { what: "FIFO", value: median(results.map(({ a }) => a)), unit: "ms" },
      b: { what: "average cost", value: median(results.map(({ b }) => b)), unit: "ms" },
      ratio: median(results.map(({ a, b }) => Math.max(a, b))),
      growth: (quick ? [] : GROWTH_FACTORS).map((factor) => growthLine(count * factor)),
    };
  },
};

function growthLine(count: number): string {
  const history = backdatedHistory(count);
  const figures = (["fifo", "average"] as const).map((method) => {
    const ms = rebuildMs(history, method);
    return `${method} ${formatFigure(ms)} ms (${formatFigure((ms / count) * 1000)} µs each)`;
  });
  return `${count.toLocaleString("en-US")} transactions: ${figures.join(", ")}`;
}

/** So many transactions in ledger order, and one more at the end that belongs near the start. */
function backdatedHistory(count: number): LedgerTransaction[] {
  const history = writeTrades(count, 17).map(exactTrade);
  const neighbour = history[Math.floor(count * INSERTED_AT)]!;
  const late = { ...neighbour, id: "late", type: "buy" as const, orderSequence: count + 1 };
  return [...history, late];
}

function rebuildMs(history: readonly LedgerTransaction[], method: LotMethod): number {
  const startedAt = performance.now();
  const { outcomes } = replay(history, { method, allowShort: false });
  const ms = performance.now() - startedAt;
  const rejected = outcomes.filter(({ status }) => status !== "matched").length;
  if (rejected > 0) throw new Error(`${rejected} transactions were not matched`);
  return ms;
}
