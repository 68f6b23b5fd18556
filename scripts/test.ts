/**
 * npm test [-- arguments of Vitest]
 *
 *   npm test                 everything
 *   npm test -- domain       the test files with "domain" in their path
 *   npm test -- -t oldest    the tests with "oldest" in their name
 *
 * Installs what the chosen tests need, runs the steps of `npm run check` and then Vitest. Each step counts as one test.
 * The last line is `N passed, N failed, N skipped`, with nothing around it. Ends with an error when anything failed or
 * no test ran; with CI=true also when a test was skipped, since there a missing server is nobody's free choice.
 */
import { CHECK_STEPS, runCheckSteps, type CheckStep } from "./test/check-steps.ts";
import { installPrograms } from "./test/install-programs.ts";
import { endCommandsWithUs } from "./test/run-command.ts";
import { needsOf, runVitest } from "./test/run-vitest.ts";

const WEB_CLIENT: CheckStep = {
  name: "build of the web client",
  program: "vite",
  args: ["build", "web", "--logLevel", "warn"],
};

const stageSeconds: string[] = [];

async function main(vitestArgs: readonly string[]): Promise<number> {
  const needs = await needsOf(vitestArgs);
  if (needs.programs) {
    const problems = await timed("install", installPrograms);
    for (const problem of problems) console.log(`Not installed: ${problem}`);
  }
  const steps = needs.webClient ? [...CHECK_STEPS, WEB_CLIENT] : CHECK_STEPS;
  const checked = await timed("check", () => runCheckSteps(steps));
  const tests = await timed("test", () => runVitest(vitestArgs));

  const failed = [
    ...checked.filter((step) => !step.ok).map((step) => `check: ${step.name}`),
    ...tests.failed,
  ];
  const passed = checked.filter((step) => step.ok).length + tests.passed;
  const isSkippingForbidden = process.env["CI"] === "true" && tests.skipped.length > 0;

  console.log(`\n${stageSeconds.join(", ")}`);
  for (const name of failed) console.log(`failed: ${name}`);
  for (const { name, reason } of tests.skipped) console.log(`skipped: ${name} (${reason})`);
  if (isSkippingForbidden) console.log("With CI=true a skipped test is a failure.");
  console.log(`${passed} passed, ${failed.length} failed, ${tests.skipped.length} skipped`);
  return failed.length > 0 || isSkippingForbidden ? 1 : 0;
}

async function timed<T>(stage: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  stageSeconds.push(`${stage} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

endCommandsWithUs();
process.exitCode = await main(process.argv.slice(2));
