import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, runCommand, type Finished } from "./run-command.ts";

export type CheckStep = {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
};

export type CheckedStep = CheckStep & Finished;

const PROGRAMS = join(ROOT, "node_modules/.bin");

/** What can be said about the code without running it. */
export const CHECK_STEPS: readonly CheckStep[] = [
  { name: "format", program: "prettier", args: ["--check", "--log-level", "warn", "--cache", "."] },
  { name: "lint", program: "oxlint", args: ["--format", "unix"] },
  { name: "types", program: "tsc", args: ["-p", "tsconfig.json", "--pretty", "false"] },
  { name: "types of the web client", program: "tsc", args: ["-p", "web/tsconfig.json", "--pretty", "false"] },
];

/** The rules of testing/tidy.test.ts. Apart, because `npm test` runs them with the other tests. */
export const TIDY_STEP: CheckStep = {
  name: "tidy",
  program: "vitest",
  args: ["run", "--project", "unit", "--reporter", "dot", "testing/tidy"],
};

/**
 * Runs the steps side by side and prints one line for each as it ends, with its output if it failed.
 * Shape: in the order of the steps.
 */
export function runCheckSteps(steps: readonly CheckStep[]): Promise<readonly CheckedStep[]> {
  return Promise.all(
    steps.map(async (step) => {
      const program = join(PROGRAMS, step.program);
      const finished = existsSync(program)
        ? await runCommand({ program, args: step.args, env: { NO_COLOR: "1" }, output: "keep" })
        : { ok: false, output: `${step.program} is not installed: run npm ci`, seconds: 0 };
      console.log(`${finished.ok ? "ok    " : "FAILED"} ${step.name} (${finished.seconds.toFixed(1)} s)`);
      if (!finished.ok) console.log(`${finished.output.replaceAll(/^/gm, "  ")}\n`);
      return { ...step, ...finished };
    }),
  );
}
