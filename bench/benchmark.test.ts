import { describe, expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";
import { alternate, formatFigure, median, quantile, summarize, type Benchmark } from "./benchmark.ts";
import { jsonLine, table } from "./report.ts";

const KNOWN = ["B3", "B9"];

describe("arguments", () => {
  test("without any, everything runs in three rounds", () => {
    expect(parseArguments([], KNOWN)).toEqual({ ids: KNOWN, json: false, quick: false, rounds: 3 });
  });

  test("an id runs that one, in any case, in the order of the table, once", () => {
    expect(parseArguments(["b9", "B3", "B9"], KNOWN).ids).toEqual(["B3", "B9"]);
    expect(parseArguments(["b3"], KNOWN).ids).toEqual(["B3"]);
  });

  test("a quick run has one round unless told otherwise", () => {
    expect(parseArguments(["--quick", "--json"], KNOWN)).toMatchObject({
      quick: true,
      json: true,
      rounds: 1,
    });
    expect(parseArguments(["--quick", "--rounds", "3"], KNOWN).rounds).toBe(3);
    expect(parseArguments(["--rounds=7"], KNOWN).rounds).toBe(7);
  });

  test("an unknown benchmark is refused with the list of those there are", () => {
    expect(() => parseArguments(["B99"], KNOWN)).toThrow("unknown benchmark B99; there are: B3, B9");
  });

  test.each([["--fast"], ["--rounds"], ["--rounds", "2"], ["--rounds", "3.5"], ["--rounds", "many"]])(
    "%s %s is refused",
    (...words) => {
      expect(() => parseArguments(words, KNOWN)).toThrow("usage: npm run bench");
    },
  );
});

describe("figures", () => {
  test("the median is the middle value, or the mean of the two middle ones", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(median([7])).toBe(7);
    expect(() => median([])).toThrow("no values");
  });

  test("a quantile is a value that occurred", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(values, 0.5)).toBe(50);
    expect(quantile(values, 0.99)).toBe(99);
    expect(quantile(values, 1)).toBe(100);
    expect(quantile([3], 0.5)).toBe(3);
  });

  test("the ratio is the median of the rounds' ratios, not the ratio of the medians", () => {
    const rounds = [
      { a: 10, b: 1 },
      { a: 40, b: 2 },
      { a: 30, b: 10 },
    ];
    expect(summarize(rounds, ({ a, b }) => a / b)).toEqual({ a: 30, b: 2, ratio: 10 });
  });

  test("figures keep three digits", () => {
    expect([0.5, 9.876, 34.56, 1234.5].map(formatFigure)).toEqual(["0.50", "9.88", "34.6", "1,235"]);
  });
});

test("sides take turns, A first", async () => {
  const turns: string[] = [];
  const side = (name: string, value: number) => (round: number) => {
    turns.push(`${name}${round}`);
    return Promise.resolve(value);
  };
  expect(await alternate(2, { a: side("a", 1), b: side("b", 2) })).toEqual([
    { a: 1, b: 2 },
    { a: 1, b: 2 },
  ]);
  expect(turns).toEqual(["a1", "b1", "a2", "b2"]);
});

describe("report", () => {
  const benchmark: Benchmark = {
    id: "B0",
    name: "one ÷ other",
    floor: 2,
    goal: 4,
    run: () => Promise.reject(new Error("not here")),
  };
  const comparison = {
    a: { what: "one", value: 12345.678, unit: "trades/s" },
    b: { what: "other", value: 4115.226, unit: "trades/s" },
    ratio: 3.000_01,
    growth: ["with more: less"],
  };

  test("one line of JSON says what both sides are", () => {
    expect(JSON.parse(jsonLine({ benchmark, comparison }))).toEqual({
      id: "B0",
      a: { what: "one", value: 12350, unit: "trades/s" },
      b: { what: "other", value: 4115, unit: "trades/s" },
      ratio: 3,
      floor: 2,
      goal: 4,
    });
  });

  test("the table has the growth below its benchmark, and a verdict", () => {
    const [header, row, growth] = table([{ benchmark, comparison }]).split("\n");
    expect(header).toMatch(/name +a +b +ratio +floor +goal/);
    expect(row).toMatch(
      /^B0 +one ÷ other +one: 12,346 trades\/s +other: 4,115 trades\/s +3\.00× +2× +4× +above the floor$/,
    );
    expect(growth?.trim()).toBe("with more: less");
  });

  test("a time is held against the most it may be", () => {
    const timed: Benchmark = { ...benchmark, figure: { unit: "ms", better: "less" }, floor: 100, goal: 40 };
    const rowOf = (ratio: number) => table([{ benchmark: timed, comparison: { ...comparison, ratio } }]);
    expect(rowOf(12.345)).toMatch(/ 12\.3 ms +≤ 100 ms +≤ 40 ms +goal reached$/m);
    expect(rowOf(40.5)).toMatch(/ above the floor$/m);
    expect(rowOf(101)).toMatch(/ below the floor$/m);
    expect(JSON.parse(jsonLine({ benchmark: timed, comparison }))).toMatchObject({
      ratio: 3,
      figure: { unit: "ms", better: "less" },
    });
  });

  test("a ratio of which less is better is held against the most it may be", () => {
    const bytes: Benchmark = { ...benchmark, figure: { unit: "×", better: "less" }, floor: 0.4, goal: 0.2 };
    const rowOf = (ratio: number) => table([{ benchmark: bytes, comparison: { ...comparison, ratio } }]);
    expect(rowOf(0.91)).toMatch(/ 0\.91× +≤ 0\.4× +≤ 0\.2× +below the floor$/m);
    expect(rowOf(0.33)).toMatch(/ above the floor$/m);
    expect(rowOf(0.2)).toMatch(/ goal reached$/m);
  });
});
