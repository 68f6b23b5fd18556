/*
 * What a benchmark is, and how two sides are compared.
 *
 * Problem: on a shared machine the same program is two or three times faster at one moment than at the next.
 * Approach: both sides run in turns, A-B-A-B, so that what disturbs one disturbs the other too. Each round gives one
 * ratio of its own two figures, and the result is the median of these ratios. The figures beside it are the medians
 * of each side; they do not divide to the ratio exactly, and say little about another machine.
 */

/** A benchmark as the command line knows it. */
export interface Benchmark {
  readonly id: string;
  readonly name: string;
  /** What is held against floor and goal; absent: a ratio, of which more is better. */
  readonly figure?: { readonly unit: "×" | "ms"; readonly better: "more" | "less" };
  readonly floor: number;
  readonly goal: number;
  run(context: BenchmarkContext): Promise<Comparison>;
}

export interface BenchmarkContext {
  /** Rounds of A-B. */
  readonly rounds: number;
  /** A smoke test: every step, with little work in each. */
  readonly quick: boolean;
  /** A folder of this benchmark's own, removed at the end. */
  readonly folder: string;
  /** What must be undone at the end, however it comes. Undone in reverse order. */
  readonly cleanUp: AsyncDisposableStack;
  /** Tells whoever waits what is going on. One line, without its end. */
  readonly say: (line: string) => void;
}

/** One side's figure and what it is. */
export interface Side {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

export interface Comparison {
  readonly a: Side;
  readonly b: Side;
  /** Median of the rounds' ratios, or of whatever else the benchmark says its figure is. */
  readonly ratio: number;
  /** How the cost grows with the work, one line a size. */
  readonly growth: readonly string[];
}

export interface Round {
  readonly a: number;
  readonly b: number;
}

/** Runs the two sides in turns. Shape: one entry a round. */
export async function alternate(
  rounds: number,
  sides: { a: (round: number) => Promise<number>; b: (round: number) => Promise<number> },
): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const a = await sides.a(round);
    const b = await sides.b(round);
    results.push({ a, b });
  }
  return results;
}

/** The medians of both sides and of the ratios. Errors: throws when there is no round. */
export function summarize(
  rounds: readonly Round[],
  ratioOf: (round: Round) => number,
): { a: number; b: number; ratio: number } {
  return {
    a: median(rounds.map((round) => round.a)),
    b: median(rounds.map((round) => round.b)),
    ratio: median(rounds.map(ratioOf)),
  };
}

/** The middle value, or the mean of the two middle ones. Errors: throws when there is none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("no values, no median");
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
}

/** The smallest value that at least the given share of values do not exceed. Errors: throws when there is none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error("no values, no quantile");
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** A figure with three significant digits at least, and no more decimals than that takes. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 10 ? 1 : 2);
}
