import { TextInput } from "@mantine/core";
import { helpOf, labelOf, tradedAtLabel } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";

export function TradedAtField() {
  const { values, bind } = useFormState();
  return <TextInput label={tradedAtLabel(values)} type="datetime-local" {...bind("tradedAt")} />;
}

export function AcquiredAtField() {
  const { values, bind } = useFormState();
  return (
    <TextInput
      label={labelOf("acquiredAt", values.type)}
      description={helpOf("acquiredAt", values.type)}
      inputWrapperOrder={["label", "input", "description", "error"]}
      type="date"
      {...bind("acquiredAt")}
    />
  );
}
