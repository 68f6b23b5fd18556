import { TextInput, type TextInputProps } from "@mantine/core";
import type { TypedField } from "#contracts/transaction-fields.ts";
import { helpOf, labelOf } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";
import classes from "./fields.module.css";

interface DecimalInputProps extends TextInputProps {
  readonly unit?: string | undefined;
}

/** A text field, not a number field: number fields round, and change their value when the wheel turns over them. */
export function DecimalInput({ unit, ...props }: DecimalInputProps) {
  return (
    <TextInput
      inputMode="decimal"
      autoComplete="off"
      inputWrapperOrder={["label", "input", "description", "error"]}
      rightSection={unit === undefined ? null : <span className={classes["unit"]}>{unit}</span>}
      rightSectionWidth={unit === undefined ? 12 : 48}
      {...props}
    />
  );
}

type DecimalFieldName = Extract<
  TypedField,
  "quantity" | "price" | "amount" | "costBasis" | "fees" | "tax" | "cashPerShare"
>;

interface DecimalFieldProps extends Pick<DecimalInputProps, "placeholder" | "unit"> {
  readonly field: DecimalFieldName;
  readonly isFirst?: boolean;
}

/** A figure of the transaction, with the words of its type. */
export function DecimalField({ field, isFirst = false, ...props }: DecimalFieldProps) {
  const { bind, values } = useFormState();
  return (
    <DecimalInput
      label={labelOf(field, values.type)}
      description={helpOf(field, values.type)}
      data-autofocus={isFirst || undefined}
      {...props}
      {...bind(field)}
    />
  );
}
