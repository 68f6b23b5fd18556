import { NativeSelect, SegmentedControl, Text } from "@mantine/core";
import type { TransferContent } from "#contracts/transaction-fields.ts";
import { labelOf } from "../../field-words.ts";
import { useFormState } from "../../use-transaction-form.ts";

/** Where a transfer goes: another portfolio of one's own. */
export function DestinationField() {
  const { values, bind, destinations } = useFormState();
  if (destinations.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        You have no other portfolio to transfer to. Create one first; what leaves Lotwise is a transfer out.
      </Text>
    );
  }
  return (
    <NativeSelect
      label={labelOf("toPortfolioId", values.type)}
      data={[
        { value: "", label: "Choose a portfolio" },
        ...destinations.map(({ id, name, baseCurrency }) => ({
          value: id,
          label: `${name} (${baseCurrency})`,
        })),
      ]}
      {...bind("toPortfolioId")}
    />
  );
}

const CONTENTS: { value: TransferContent; label: string }[] = [
  { value: "lots", label: "Shares" },
  { value: "cash", label: "Money" },
];

/** What is transferred. */
export function ContentChoice() {
  const { form, values } = useFormState();
  return (
    <SegmentedControl
      fullWidth
      aria-label="What is transferred"
      data={CONTENTS}
      value={values.content}
      onChange={(content) => {
        form.setFieldValue("content", content);
        form.clearErrors();
      }}
    />
  );
}
