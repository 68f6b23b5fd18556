import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { CountingReporter } from "./scripts/test/counting-reporter.ts";

const OUTSIDE = ["**/node_modules/**", "web/dist/**", ".services/**", ".lotwise/**"];
const INTEGRATION = "**/*.int.test.{ts,tsx}";
const BROWSER = "**/*.e2e.test.{ts,tsx}";

// Starts once what all files of a project share.
const GLOBAL_SETUP = [join(import.meta.dirname, "testing/global-setup.ts")];

// Set by scripts/test.ts, which counts what was run.
const reportPath = process.env["LOTWISE_TEST_REPORT"];

/** The suffix of a test file states its cost and with it the project that runs it. */
export default defineConfig({
  test: {
    reporters: reportPath === undefined ? ["default"] : ["default", new CountingReporter(reportPath)],
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.{ts,tsx}"],
          exclude: [...OUTSIDE, INTEGRATION, BROWSER],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: [INTEGRATION],
          exclude: OUTSIDE,
          globalSetup: GLOBAL_SETUP,
          // Each file has a database of its own; two files at a time keep a machine of two cores busy.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: [BROWSER],
          exclude: OUTSIDE,
          globalSetup: GLOBAL_SETUP,
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
