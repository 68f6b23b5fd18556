import type { Step } from "#contracts/explanations.ts";
import { Exact } from "#web/components/figure.tsx";
import { formatQuantity } from "#web/components/format.ts";
import { formatFormula } from "../formula.ts";
import classes from "./explanations.module.css";

/** The arithmetic, a line for each step: what it is, how it is worked out, what comes of it. */
export function StepList({ steps, label }: { steps: readonly Step[]; label: string }) {
  if (steps.length === 0) return null;
  return (
    <ol className={classes["steps"]} aria-label={label}>
      {steps.map((step, index) => (
        // Steps have no name of their own, and never change places.
        <li key={index} className={classes["step"]}>
          <span>{step.label}</span>
          <span title={step.formula}>{formatFormula(step.formula)}</span>
          <span>
            <span className={classes["equals"]}>= </span>
            <Exact value={step.result}>{formatQuantity(step.result)}</Exact>
          </span>
        </li>
      ))}
    </ol>
  );
}
