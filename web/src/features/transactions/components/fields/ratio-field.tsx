import { Input } from "@mantine/core";
import { useId } from "react";
import { labelOf } from "../../field-words.ts";
import { mergerSentence, spinOffSentence, splitSentence } from "../../ratio-sentences.ts";
import type { TransactionValues } from "../../transaction-form.ts";
import { useFormState } from "../../use-transaction-form.ts";
import { DecimalInput } from "./decimal-field.tsx";
import classes from "./fields.module.css";

/** New for old, and what that does to a number of shares. */
export function RatioField() {
  const { values, bind, held, facts } = useFormState();
  const label = useId();
  const [inNew, inOld] = [bind("ratioNew"), bind("ratioOld")];
  const error = (inNew.error ?? inOld.error) as string | undefined;
  return (
    <div role="group" aria-labelledby={label}>
      <Input.Label id={label} labelElement="div">
        {labelOf("ratio", values.type)}
      </Input.Label>
      <div className={classes["ratio"]}>
        <DecimalInput
          aria-label="New shares"
          placeholder={values.type === "split" ? "2" : "1"}
          {...inNew}
          error={inNew.error !== undefined}
        />
        <span className={classes["ratioBetween"]}>for</span>
        <DecimalInput aria-label="Old shares" {...inOld} error={inOld.error !== undefined} />
      </div>
      {error === undefined ? null : (
        <Input.Error mt={5} role="alert">
          {error}
        </Input.Error>
      )}
      <div className={classes["sentence"]} aria-live="polite">
        {sentenceOf(values, facts.heldSide > 0 ? held?.quantity : undefined)}
      </div>
    </div>
  );
}

function sentenceOf(values: TransactionValues, held: string | undefined): string | undefined {
  const symbols = { from: values.symbol.trim(), to: values.toSymbol.trim() };
  if (values.type === "spin-off") return spinOffSentence(values, symbols, held);
  return values.type === "merger" ? mergerSentence(values, symbols, held) : splitSentence(values, held);
}
