import { labelOf } from "../../field-words.ts";
import { rateTarget } from "../../shown-fields.ts";
import { useFormState } from "../../use-transaction-form.ts";
import { DecimalInput } from "./decimal-field.tsx";

export function ExchangeRateField() {
  const { values, bind, facts } = useFormState();
  const target = rateTarget(values, facts) ?? "the base currency";
  const source = facts.currency ?? "one unit of the currency";
  const day = values.type === "transfer-in" ? "when it was bought" : "on that day";
  return (
    <DecimalInput
      label={labelOf("exchangeRate", values.type)}
      placeholder={`${target} for 1 ${source}`}
      description={`How many ${target} one ${source} was worth ${day}. Figures in ${target} need it; it is never assumed to be 1.`}
      unit={facts.currency === undefined ? undefined : target}
      {...bind("exchangeRate")}
    />
  );
}
