import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule, TestRunEndReason, TestSuite } from "vitest/node";

export type SkippedTest = {
  readonly name: string;
  readonly reason: string;
};

/** What a run of Vitest came to. A file or suite that failed outside its tests counts as one failed test. */
export type TestReport = {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly SkippedTest[];
};

/**
 * Writes a `TestReport` as JSON when Vitest has finished. It does so once and at the end: no file means that Vitest
 * did not get there.
 */
export class CountingReporter implements Reporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const named = tests.map((test) => ({
      result: test.result(),
      name: `${test.module.relativeModuleId} > ${test.fullName}`,
    }));
    const skipped = named.flatMap(({ name, result }) =>
      result.state === "skipped" || result.state === "pending"
        ? [{ name, reason: ("note" in result ? result.note : undefined) ?? "no reason given" }]
        : [],
    );
    const report: TestReport = {
      passed: named.filter(({ result }) => result.state === "passed").length,
      failed: [
        ...named.filter(({ result }) => result.state === "failed").map(({ name }) => name),
        ...modules.flatMap(failuresOutsideTests),
        ...unhandledErrors.map((error) => `unhandled error: ${error.message}`),
        ...(reason === "interrupted" ? ["the run was interrupted"] : []),
      ],
      skipped,
    };
    writeFileSync(this.#path, JSON.stringify(report));
  }
}

/** Errors of imports, of hooks and of `describe` bodies: their tests did not run, and show as skipped or not at all. */
function failuresOutsideTests(module: TestModule): string[] {
  const suites: TestSuite[] = [...module.children.allSuites()];
  return [
    ...module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`),
    ...suites.flatMap((suite) =>
      suite.errors().map((error) => `${module.relativeModuleId} > ${suite.fullName}: ${error.message}`),
    ),
  ];
}
