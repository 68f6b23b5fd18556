/*
 * Every rule of docs/accounting names the tests that prove its example; here we make sure that they exist under these
 * names, so that a renamed test does not leave a rule without its proof.
 *
 * A reference is in italics: `_<file>: <title>; <title>_`, or `_<heading>: <title>_` for domain/ledger/ledger.test.ts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const LEDGER_TESTS = "domain/ledger/ledger.test.ts";
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
/** The runs of the vectors are named in a list, not in the test file. */
const NAMES_BESIDE: Readonly<Record<string, string>> = {
  "scripts/evaluate-vector.test.ts": "scripts/vectors/supported-runs.txt",
};

interface Reference {
  readonly path: string;
  readonly title: string;
}

const references = referencesOf(read("docs/accounting/README.md"));

test("the rules name their tests", () => expect(references.length).toBeGreaterThan(35));

test.each(references)("$path: $title", ({ path, title }) => {
  const named = read(path) + (NAMES_BESIDE[path] === undefined ? "" : read(NAMES_BESIDE[path]));
  // What a test fills in, a date or a count, is told as an ellipsis.
  const pattern = title.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  expect(named).toMatch(new RegExp(pattern.join(".{1,60}")));
});

function referencesOf(text: string): Reference[] {
  const flowing = text.replaceAll(/\n>? ?/g, " ");
  return [...flowing.matchAll(/_(`[^_]+|[a-z][a-z ]+: [^_]+)_/g)].flatMap(([, reference = ""]) => {
    let path = LEDGER_TESTS;
    return reference.split(";").map((part) => {
      const [, ownPath, ownTitle] = /^\s*`([^`]+)`:(.*)$/.exec(part) ?? [];
      path = ownPath ?? path;
      const title = ownTitle ?? (path === LEDGER_TESTS ? part.replace(/^[a-z ]+: /, "") : part);
      return { path, title: title.trim() };
    });
  });
}
