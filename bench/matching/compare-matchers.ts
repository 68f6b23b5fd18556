/*
 * Times matching against a counterpart in another kind of number, on the same trades: trades a second of each. In two ways:
 *
 *   rows         what the product does with a batch: `matchWork` of use-cases/, from the rows that were read to the rows
 *                that are stored, decimal text in both
 *   arithmetic   the matcher alone: `matchTransactions` of domain/, between amounts that are read already
 *
 * Both sides give everything they make: lots, disposals with their slices, outcomes, in objects of the same shape. The
 * two run in turns within a round too, one batch after the other, so that the garbage of both is collected in the time
 * of both.
 */
import type { LedgerVersion } from "#adapters/postgres/matching-reads.ts";
import type { Trade } from "#domain/ledger/transaction-types.ts";
import { EMPTY_HOLDING, type LedgerRules, matchTransactions } from "#domain/match-lots.ts";
import type { LotMethod } from "#domain/lot-order.ts";
import { ledgerTransactionOf } from "#use-cases/ledger-transaction-of.ts";
import { type Append, matchWork } from "#use-cases/match-work.ts";
import { formatFigure, type Round, summarize } from "../benchmark.ts";
import { appendOf, emptyKey, stored, versionsOf } from "./stored-rows.ts";
import { writeTrades, type WrittenTrade } from "./trades.ts";

export interface Workload {
  readonly method: LotMethod;
  readonly holdings: number;
  readonly tradesEach: number;
  /** Trades that are matched together; the others of the holding come before or after. Absent: all of them. */
  readonly batch?: number;
  /** How often a round goes over all holdings. */
  readonly passes: number;
}

/** The other side, in both ways. */
export interface Other {
  readonly matchRows: (work: Append) => unknown;
  /** Reads trades once, and returns what matches them, to be run again and again. */
  readonly prepare: (versions: readonly LedgerVersion[], rules: LedgerRules) => () => unknown;
}

/** So that the compiler is done with both sides before the first round, also on a machine that is busy. */
const WARM_UP_PASSES = 3;

/** One piece of work on both sides. */
interface Pair {
  readonly exact: () => unknown;
  readonly other: () => unknown;
}

/** Rows in, rows out. Shape: trades a second of both sides, one entry a round; `a` is the product. */
export function compareRows({ matchRows }: Other, workload: Workload, rounds: number): Round[] {
  const works = holdingsOf(workload).flatMap(({ trades, seed }) => appendsOf(trades, workload, seed));
  const pairs = works.map((work) => ({ exact: () => matchWork(work), other: () => matchRows(work) }));
  return compare(pairs, workload, rounds);
}

/** The matcher alone. Shape: as `compareRows`. */
export function compareArithmetic({ prepare }: Other, workload: Workload, rounds: number): Round[] {
  const rules = rulesOf(workload);
  const pairs = holdingsOf(workload).map(({ trades, seed }) => {
    const versions = versionsOf(trades, emptyKey(rules, seed), seed);
    const exact = versions.map((version) => ledgerTransactionOf(version) as Trade);
    return { exact: () => matchTransactions(EMPTY_HOLDING, exact, rules), other: prepare(versions, rules) };
  });
  return compare(pairs, workload, rounds);
}

/** The batches of one holding's trades, each with what is stored before it. */
export function appendsOf(
  trades: readonly WrittenTrade[],
  workload: Pick<Workload, "method" | "batch">,
  seed: number,
): Append[] {
  const size = workload.batch ?? trades.length;
  let key = emptyKey(rulesOf(workload), seed);
  const versions = versionsOf(trades, key, seed);
  const works: Append[] = [];
  for (let from = 0; from < versions.length; from += size) {
    const work = appendOf(key, versions.slice(from, from + size));
    works.push(work);
    key = stored(key, matchWork(work)[0]!);
  }
  return works;
}

function rulesOf({ method }: Pick<Workload, "method">): LedgerRules {
  return { method, allowShort: false };
}

function holdingsOf({ holdings, tradesEach }: Workload) {
  return Array.from({ length: holdings }, (_, index) => {
    const seed = index + 1;
    return { seed, trades: writeTrades(tradesEach, seed) };
  });
}

function compare(pairs: readonly Pair[], workload: Workload, rounds: number): Round[] {
  const measure = (passes: number): Round => {
    let [exactMs, otherMs] = [0, 0];
    for (let pass = 0; pass < passes; pass += 1) {
      for (const { exact, other } of pairs) {
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
export function inWords(what: string, rounds: readonly Round[]): string {
  const { a, b, ratio } = summarize(rounds, (round) => round.a / round.b);
  return (
    `${what}: exact ${formatFigure(a)} trades/s, counterpart ${formatFigure(b)} trades/s, ` +
    `${formatFigure(ratio)}×`
  );
}

/** Names a workload by what sets it apart from others. */
export function nameOf({ method, tradesEach, batch }: Workload): string {
  const inBatches = batch === undefined ? "" : ` in batches of ${batch.toLocaleString("en-US")}`;
  return `${method}, ${tradesEach.toLocaleString("en-US")} trades a holding${inBatches}`;
}

function timed(run: () => unknown): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}
