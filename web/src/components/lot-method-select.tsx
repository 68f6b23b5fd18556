import { Select } from "@mantine/core";
import type { LotMethod } from "#contracts/portfolios.ts";
import classes from "./lot-method-select.module.css";
import { LOT_METHOD_NAMES, LOT_METHODS } from "./lot-methods.ts";

interface LotMethodSelectProps {
  readonly value: LotMethod;
  readonly onChange: (method: LotMethod) => void;
  readonly error?: React.ReactNode;
  /** What choosing another one leads to. */
  readonly note?: string | undefined;
}

/** Every method with what it does, so that the choice needs no dictionary. */
export function LotMethodSelect({ value, onChange, error, note }: LotMethodSelectProps) {
  const { explanation } = LOT_METHODS[value];
  return (
    <Select
      label="Lot method"
      description={note === undefined ? explanation : `${explanation} ${note}`}
      inputWrapperOrder={["label", "input", "description", "error"]}
      data={LOT_METHOD_NAMES}
      value={value}
      onChange={(chosen) => {
        if (chosen !== null) onChange(chosen);
      }}
      renderOption={({ option }) => (
        <span className={classes["option"]}>
          <span>{option.label}</span>
          <span className={classes["explanation"]}>{LOT_METHODS[option.value].explanation}</span>
        </span>
      )}
      allowDeselect={false}
      maxDropdownHeight={420}
      error={error}
    />
  );
}
