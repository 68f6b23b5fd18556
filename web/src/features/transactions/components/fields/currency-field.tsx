import { NativeSelect } from "@mantine/core";
import { useMemo } from "react";
import { labelOf } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";
import classes from "./fields.module.css";

/** Follows the instrument until somebody chooses another one. */
export function CurrencyField() {
  const { form, values, bind, facts, held } = useFormState();
  const chosen = facts.currency ?? facts.baseCurrency ?? "";
  const choices = useMemo(
    () => choicesOf([chosen, facts.baseCurrency, held?.currency]),
    [chosen, facts.baseCurrency, held?.currency],
  );
  const other = held !== undefined && held.currency !== chosen ? held.currency : undefined;
  return (
    <div>
      <NativeSelect
        label={labelOf("currency", values.type)}
        data={choices}
        {...bind("currency")}
        value={chosen}
        onChange={(event) => form.setFieldValue("currency", event.currentTarget.value)}
      />
      {other === undefined ? null : (
        <div className={classes["hint"]}>
          <span className={classes["warning"]}>
            {held?.symbol} is recorded in {other}; in another currency this would be rejected.
          </span>
        </div>
      )}
    </div>
  );
}

/** The likely ones first, then every currency that the browser knows. */
function choicesOf(likely: readonly (string | undefined)[]) {
  const first = [...new Set(likely)].filter((code) => code !== undefined && code !== "") as string[];
  const all = Intl.supportedValuesOf("currency").filter((code) => !first.includes(code));
  return [
    { group: "Used here", items: first },
    { group: "All currencies", items: all },
  ];
}
