/*
 * Times the matcher against a counterpart in another kind of number, on the same trades: trades a second of each.
 *
 * Only matching is timed. Both sides get their trades read already, in objects of the same shape, and give everything
 * they make: lots, disposals with their slices, outcomes. The two run in turns within a round too, one holding's worth
 * of trades after the other, so that the garbage of both is collected in the time of both.
 */
import { EMPTY_HOLDING, type LedgerRules, matchTransactions } from "#domain/match-lots.ts";
import type { LotMethod } from "#domain/lot-order.ts";
import { formatFigure, type Round, summarize } from "../benchmark.ts";
import { exactTrade, writeTrades, type WrittenTrade } from "./trades.ts";

/** One way to match: takes written trades once, and returns what matches them, to be run again and again. */
export type Prepare = (trades: readonly WrittenTrade[], rules: LedgerRules) => () => { disposals: unknown };

export interface Workload {
  readonly method: LotMethod;
  readonly holdings: number;
  readonly tradesEach: number;
  /** How often a round goes over all holdings. */
  readonly passes: number;
}

/** So that the compiler is done with both sides before the first round, also on a machine that is busy. */
const WARM_UP_PASSES = 3;

/** The domain's matcher. */
export const prepareExact: Prepare = (trades, rules) => {
  const exact = trades.map(exactTrade);
  return () => matchTransactions(EMPTY_HOLDING, exact, rules);
};

/** Shape: trades a second of both sides, one entry a round; `a` is the domain's matcher. */
export function compareMatchers(counterpart: Prepare, workload: Workload, rounds: number): Round[] {
  const rules: LedgerRules = { method: workload.method, allowShort: false };
  const holdings = Array.from({ length: workload.holdings }, (_, index) => {
    const trades = writeTrades(workload.tradesEach, index + 1);
    return { exact: prepareExact(trades, rules), other: counterpart(trades, rules) };
  });
  const measure = (passes: number): Round => {
    let [exactMs, otherMs] = [0, 0];
    for (let pass = 0; pass < passes; pass += 1) {
      for (const { exact, other } of holdings) {
        exactMs += timed(exact);
        otherMs += timed(other);
      }
    }
    const trades = workload.holdings * workload.tradesEach * passes;
    return { a: (trades / exactMs) * 1000, b: (trades / otherMs) * 1000 };
  };
  measure(WARM_UP_PASSES);
  return Array.from({ length: rounds }, () => measure(workload.passes));
}

/** One line on one workload, for a table's lines below a benchmark. */
export function inWords(
  workload: Workload,
  rounds: readonly Round[],
  ratioOf: (round: Round) => number,
): string {
  const { a, b, ratio } = summarize(rounds, ratioOf);
  const count = workload.tradesEach.toLocaleString("en-US");
  return (
    `${workload.method}, ${count} trades a holding: exact ${formatFigure(a)} trades/s, ` +
    `counterpart ${formatFigure(b)} trades/s, ${formatFigure(ratio)}×`
  );
}

function timed(run: () => { disposals: unknown }): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}
