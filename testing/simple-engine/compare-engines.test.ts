import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readVector } from "../../scripts/vectors/read-vector.ts";
import { type Difference, differenceOn } from "./compare-engines.ts";
import { randomHistory } from "./random-history.ts";
import type { Fields } from "./books.ts";
import { simpleLedger } from "./simple-engine.ts";

const folder = new URL("../vectors/", import.meta.url);
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .map((name) => readVector(readFileSync(new URL(name, folder), "utf8")))
  .flatMap((vector) => (vector.ok && vector.value.kind === "lots" ? [vector.value] : []));

describe("the simple engine", () => {
  // p038 states a price of 58 decimals, which the simple engine takes as it is.
  const cases = vectors.flatMap((file) =>
    file.runs.map((run) => ({ name: `${file.id} ${run.name}`, file, run })),
  );

  it.each(cases)("finds the published figures of $name", ({ file, run }) => {
    const found: Fields = simpleLedger(file.transactions, run.options);
    const rejected = (run.expected["rejected"] as readonly { id: string }[]).map(({ id }) => id);
    const expected: Fields = { ...run.expected, rejected };
    const keys = Object.keys(found).filter((key) => key !== "positions" && key in expected);
    expect(keys.map((key) => [key, withInstants(found[key])])).toEqual(
      keys.map((key) => [key, withInstants(expected[key])]),
    );
  });
});

describe("the domain and the simple engine", () => {
  it("agree on 12,000 random histories", { timeout: 60_000 }, () => {
    const [first, count] = [1, 12_000];
    const differences: Difference[] = [];
    for (let seed = first; seed < first + count; seed++) {
      const difference = differenceOn(randomHistory(seed));
      if (difference !== undefined && !difference.isNearTie) differences.push(difference);
    }
    const seeds = differences.map(({ seed }) => seed).join(", ");
    expect(
      differences.slice(0, 3),
      `seeds ${first} to ${first + count - 1}; they differ on ${seeds}`,
    ).toEqual([]);
  });
});

function withInstants(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withInstants);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === "opened" && field ? Date.parse(String(field)) : field,
    ]),
  );
}
