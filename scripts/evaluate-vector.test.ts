import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatDecimal, parseDecimal } from "#domain/decimal.ts";
import { evaluateRun } from "./vectors/evaluate-run.ts";
import { readVector, type VectorFile, type VectorRun } from "./vectors/read-vector.ts";

const repository = fileURLToPath(new URL("../", import.meta.url));
const folder = fileURLToPath(new URL("../testing/vectors/", import.meta.url));

/** Every run that the domain can carry out. A rule that is added makes this list longer; nothing shortens it. */
const SUPPORTED = readFileSync(new URL("vectors/supported-runs.txt", import.meta.url), "utf8")
  .trim()
  .split("\n");

const cases = listCases();

describe("the public vectors", () => {
  it(`are in ${folder}`, () => {
    expect(existsSync(folder), `the folder of the accounting vectors is missing: ${folder}`).toBe(true);
    expect(cases.length, `no vector files in ${folder}`).toBeGreaterThan(0);
  });

  it("are carried out as far as the list says, no less and no more", () => {
    const supported = cases.filter(({ file, run }) => !("unsupported" in evaluateRun(file, run)));
    expect(supported.map(({ name }) => name)).toEqual(SUPPORTED);
  });

  it.each(cases.filter(({ name }) => SUPPORTED.includes(name)))("$name", ({ file, run }) => {
    expect(comparable(evaluateRun(file, run))).toEqual(comparable(run.expected));
  });
});

describe("the command", () => {
  it("prints one line of JSON per run", () => {
    const path = `${folder}p001-seed-fifo.json`;
    const { stdout, status } = evaluate(path);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ file, run }) => [file, run])).toEqual(
      ["fifo", "lifo", "hifo", "average"].map((run) => [path, run]),
    );
    expect(lines[0]?.["result"]).toMatchObject({
      realized: [{ instrument: "AAPL", currency: "USD", gain: "1600" }],
    });
    expect(lines[1]?.["result"]).toMatchObject({
      realized: [{ instrument: "AAPL", currency: "USD", gain: "1100" }],
    });
    expect(status).toBe(0);
  });

  it("says which file is missing, and goes on to the next", () => {
    const { stdout, stderr, status } = evaluate("no-such-file.json", `${folder}p055-rounding-half-even.json`);
    expect(stderr).toContain("no-such-file.json: cannot be read");
    expect(stdout.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
  });

  it("says what is wrong with a file that is no vector", () => {
    const { stderr, status } = evaluate("package.json");
    expect(stderr).toContain(`package.json: not a vector file: schema is not "portfolio-vector/1"`);
    expect(status).toBe(1);
  });

  it("shows its usage when called without files", () => {
    const { stderr, status } = evaluate();
    expect(stderr).toContain("usage:");
    expect(status).toBe(1);
  });
});

interface VectorCase {
  readonly name: string;
  readonly file: VectorFile;
  readonly run: VectorRun;
}

function listCases(): VectorCase[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.toSorted().flatMap((name) => {
    const vector = readVector(readFileSync(folder + name, "utf8"));
    if (!vector.ok) throw new Error(`${name}: ${vector.error}`);
    const file = vector.value;
    return file.runs.map((run) => ({ name: `${file.id} ${run.name}`, file, run }));
  });
}

const NAMES = new Set([
  "account",
  "currency",
  "disposals_sha256",
  "id",
  "instrument",
  "lot",
  "side",
  "trade",
]);
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;

/** Reason codes are advisory, and what needs attention stands among the rejected: ids and order must be the same. */
const ADVISORY = "reason";

/** The value with decimals in one spelling and instants in one offset; ids and names as they are. */
function comparable(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((element) => comparable(element, key));
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([name]) => name !== ADVISORY);
    return Object.fromEntries(fields.map(([name, field]) => [name, comparable(field, name)]));
  }
  if (typeof value !== "string" || NAMES.has(key)) return value;
  if (INSTANT.test(value)) return new Date(value).toISOString();
  const decimal = parseDecimal(value, 40);
  return decimal === undefined ? value : formatDecimal(decimal, 40);
}

function evaluate(...paths: readonly string[]) {
  return spawnSync(process.execPath, ["scripts/evaluate-vector.ts", ...paths], {
    cwd: repository,
    encoding: "utf8",
  });
}
