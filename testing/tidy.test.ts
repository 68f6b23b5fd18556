/*
 * The project's style, held by an ordinary test. What a linter can say is in .oxlintrc.json; here is what it cannot:
 * who imports whom, how long and how named files are, what the configuration promises. Each rule is a pure function
 * over the list of files, in testing/tidy/; testing/tidy-rules.test.ts shows that each one finds what it is there for.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import { listFiles } from "./tidy/list-files.ts";
import { RULES } from "./tidy/rules.ts";
import { formatViolation, type Violation } from "./tidy/source-file.ts";

const files = listFiles(join(import.meta.dirname, ".."));

test("the list of files is that of the project", () => {
  expect(files.map((file) => file.path)).toContain("testing/tidy.test.ts");
});

// All files are read and taken apart, on machines that are busy with other tests.
test.each(RULES)("$name", { timeout: 60_000 }, ({ check }) => expectNone(check(files)));

function expectNone(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const error = new Error(`\n${violations.map(formatViolation).join("\n")}`);
  // Each line says where to look; where this was thrown says nothing.
  delete error.stack;
  throw error;
}
