import { formatFigure, type Benchmark, type Comparison, type Side } from "./benchmark.ts";

export interface Reported {
  readonly benchmark: Benchmark;
  readonly comparison: Comparison;
}

/**
 * One line of JSON: {"id", "a", "b", "ratio", "floor", "goal"}, a and b being {"what", "value", "unit"}. Where `ratio` is
 * not a ratio of which more is better, also "figure": {"unit", "better"}.
 */
export function jsonLine({ benchmark, comparison }: Reported): string {
  const { id, floor, goal, figure } = benchmark;
  const { a, b, ratio } = comparison;
  return JSON.stringify({ id, a: rounded(a), b: rounded(b), ratio: significant(ratio), floor, goal, figure });
}

/** The table, each benchmark followed by how its cost grows. Shape: ends in a newline. */
export function table(reported: readonly Reported[]): string {
  const header = ["", "name", "a", "b", "ratio", "floor", "goal", ""];
  const rows = reported.map(({ benchmark, comparison }) => [
    benchmark.id,
    benchmark.name,
    sideText(comparison.a),
    sideText(comparison.b),
    figureText(benchmark, formatFigure(comparison.ratio)),
    limitText(benchmark, benchmark.floor),
    limitText(benchmark, benchmark.goal),
    verdict(benchmark, comparison.ratio),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd();
  const lines = [line(header)];
  for (const [index, { comparison }] of reported.entries()) {
    lines.push(line(rows[index]!), ...growthLines(comparison));
  }
  return `${lines.join("\n")}\n`;
}

/** How the cost grows, indented to stand below its benchmark. */
export function growthLines(comparison: Comparison): string[] {
  return comparison.growth.map((text) => `      ${text}`);
}

function sideText({ what, value, unit }: Side): string {
  return `${what}: ${formatFigure(value)} ${unit}`;
}

function figureText({ figure }: Benchmark, value: string): string {
  return figure === undefined || figure.unit === "×" ? `${value}×` : `${value} ${figure.unit}`;
}

function limitText(benchmark: Benchmark, limit: number): string {
  return `${benchmark.figure?.better === "less" ? "≤ " : ""}${figureText(benchmark, String(limit))}`;
}

function verdict({ figure, floor, goal }: Benchmark, value: number): string {
  const isShort = (limit: number) => (figure?.better === "less" ? value > limit : value < limit);
  if (isShort(floor)) return "below the floor";
  return isShort(goal) ? "above the floor" : "goal reached";
}

function rounded(side: Side): Side {
  return { ...side, value: significant(side.value) };
}

/** More digits than these are noise. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}
