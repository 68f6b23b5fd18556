/**
 * npm run check
 *
 * Everything that can be said about the code without starting a server: formatting, lint, types, tidy rules.
 * Ends with an error when a step failed.
 */
import { CHECK_STEPS, runCheckSteps, TIDY_STEP } from "./test/check-steps.ts";
import { endCommandsWithUs } from "./test/run-command.ts";

endCommandsWithUs();
const checked = await runCheckSteps([...CHECK_STEPS, TIDY_STEP]);
if (checked.some((step) => !step.ok)) process.exitCode = 1;
