import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import type { HarvestFilter } from "../api/harvest-queries.ts";
import { checkLeastLoss } from "../harvest-filter.ts";
import classes from "./harvest.module.css";

interface HarvestFiltersProps {
  readonly filter: HarvestFilter;
  /** With what changed only; undefined takes a part of the filter away. */
  readonly onChange: (changes: HarvestFilter) => void;
}

/** The least loss applies on Enter or when the field is left, the term at once. */
export function HarvestFilters({ filter, onChange }: HarvestFiltersProps) {
  const [least, setLeast] = useState(filter.minLoss ?? "");
  const [shown, setShown] = useState(filter.minLoss);
  if (shown !== filter.minLoss) {
    // The address changed by itself, for instance by the back button.
    setShown(filter.minLoss);
    setLeast(filter.minLoss ?? "");
  }
  const typed = least.trim();
  const error = typed === "" ? null : checkLeastLoss(typed);
  const apply = () => {
    if (error === null && typed !== (filter.minLoss ?? "")) {
      onChange({ minLoss: typed === "" ? undefined : typed });
    }
  };
  return (
    <div className={classes["filters"]} role="search" aria-label="Filter losses">
      <NativeSelect
        size="xs"
        label="Term"
        value={filter.term ?? ""}
        data={[
          { value: "", label: "Any term" },
          { value: "short", label: "Short term" },
          { value: "long", label: "Long term" },
        ]}
        onChange={({ currentTarget: { value } }) =>
          onChange({ term: value === "short" || value === "long" ? value : undefined })
        }
      />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <TextInput
          size="xs"
          w={150}
          label="Loss of at least"
          placeholder="0"
          inputMode="decimal"
          autoComplete="off"
          value={least}
          error={error}
          onChange={(event) => setLeast(event.currentTarget.value)}
          onBlur={apply}
        />
      </form>
      {filter.term === undefined && filter.minLoss === undefined ? null : (
        <Button size="xs" variant="subtle" onClick={() => onChange({ term: undefined, minLoss: undefined })}>
          Clear
        </Button>
      )}
      <div className={classes["note"]}>
        At the prices of now, before the fees of a sale. Wash-sale rules are not looked at.
      </div>
    </div>
  );
}
