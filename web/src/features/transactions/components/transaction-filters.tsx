import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { TransactionStatus, TransactionType } from "#contracts/transactions.ts";
import type { TransactionFilter } from "../api/transaction-queries.ts";
import { checkSymbol } from "../transaction-checks.ts";
import { TYPE_GROUPS, TYPE_WORDS } from "../transaction-types.ts";

interface TransactionFiltersProps {
  readonly filter: TransactionFilter;
  readonly onChange: (filter: TransactionFilter) => void;
}

const TYPES = [
  { value: "", label: "All types" },
  ...TYPE_GROUPS.map(({ label, types }) => ({
    group: label,
    items: types.map((type) => ({ value: type, label: TYPE_WORDS[type].plural })),
  })),
];

/** The symbol filter applies on Enter or when the field is left; the two choices at once. */
export function TransactionFilters({ filter, onChange }: TransactionFiltersProps) {
  const [symbol, setSymbol] = useState(filter.symbol ?? "");
  const [shown, setShown] = useState(filter.symbol);
  if (shown !== filter.symbol) {
    // The address changed by itself, for instance by the back button.
    setShown(filter.symbol);
    setSymbol(filter.symbol ?? "");
  }
  const trimmed = symbol.trim().toUpperCase();
  const error = trimmed === "" ? null : checkSymbol(trimmed);
  const applySymbol = () => {
    if (error === null && trimmed !== (filter.symbol ?? "")) {
      onChange({ ...filter, symbol: trimmed === "" ? undefined : trimmed });
    }
  };
  const filtered = filter.symbol !== undefined || filter.type !== undefined || filter.status !== undefined;

  return (
    <Group gap="xs" role="search" aria-label="Filter transactions">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          applySymbol();
        }}
      >
        <TextInput
          size="xs"
          w={150}
          aria-label="Symbol"
          placeholder="Symbol"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={symbol}
          error={error !== null}
          title={error ?? undefined}
          onChange={(event) => setSymbol(event.currentTarget.value)}
          onBlur={applySymbol}
        />
      </form>
      <NativeSelect
        size="xs"
        aria-label="Type"
        value={filter.type ?? ""}
        data={TYPES}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...filter, type: value === "" ? undefined : (value as TransactionType) })
        }
      />
      <NativeSelect
        size="xs"
        aria-label="Status"
        value={filter.status ?? ""}
        data={[
          { value: "", label: "Any status" },
          { value: "pending", label: "Pending" },
          { value: "matched", label: "Matched" },
          { value: "rejected", label: "Rejected" },
          { value: "needs-attention", label: "Needs attention" },
        ]}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...filter, status: value === "" ? undefined : (value as TransactionStatus) })
        }
      />
      {filtered ? (
        <Button size="xs" variant="subtle" onClick={() => onChange({})}>
          Clear
        </Button>
      ) : null}
    </Group>
  );
}
