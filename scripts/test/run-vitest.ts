import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestReport } from "./counting-reporter.ts";
import { ROOT, runCommand } from "./run-command.ts";

const VITEST = join(ROOT, "node_modules/.bin/vitest");

/** What the chosen tests need before they can start. */
export type Needs = {
  readonly programs: boolean;
  readonly webClient: boolean;
};

/** Asks Vitest which files the arguments choose. When it cannot tell, everything is needed. */
export async function needsOf(vitestArgs: readonly string[]): Promise<Needs> {
  if (vitestArgs.length === 0) return { programs: true, webClient: true };
  const args = ["list", "--filesOnly", ...vitestArgs];
  const { ok, output } = await runCommand({ program: VITEST, args, env: { NO_COLOR: "1" }, output: "keep" });
  if (!ok) return { programs: true, webClient: true };
  const hasBrowserTests = /\.e2e\.test\.tsx?$/m.test(output);
  return { programs: hasBrowserTests || /\.int\.test\.tsx?$/m.test(output), webClient: hasBrowserTests };
}

/**
 * Runs the tests that the arguments choose, all of them without any, showing Vitest's own output.
 * Errors: none. A Vitest that crashes, or ends badly with no failed test to show for it, counts as one failed test.
 */
export async function runVitest(vitestArgs: readonly string[]): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), "lotwise-tests-"));
  const path = join(folder, "report.json");
  try {
    const args = ["run", ...vitestArgs];
    const { ok } = await runCommand({
      program: VITEST,
      args,
      env: { LOTWISE_TEST_REPORT: path },
      output: "show",
    });
    return judge(readReport(path), ok);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as TestReport;
  } catch {
    return undefined;
  }
}

/** Adds what the report itself cannot say: that it is missing, empty, or contradicts the way Vitest ended. */
export function judge(report: TestReport | undefined, endedWell: boolean): TestReport {
  if (report === undefined)
    return { passed: 0, failed: ["Vitest ended before it could report"], skipped: [] };
  const add = (failure: string) => ({ ...report, failed: [...report.failed, failure] });
  if (report.passed + report.failed.length === 0) return add("no test ran");
  if (!endedWell && report.failed.length === 0) return add("Vitest ended with an error, see its output");
  return report;
}
