import { NativeSelect, SegmentedControl, Text } from "@mantine/core";
import type { TransactionType } from "#contracts/transaction-fields.ts";
import { offeredAs, TYPE_GROUPS, TYPE_WORDS } from "../transaction-types.ts";
import { useFormState } from "../use-transaction-form.ts";

/** Most of what is recorded is a trade, so these are one click away; every other type is one more. */
const MORE = "more";
const QUICK: { value: TransactionType | typeof MORE; label: string }[] = [
  { value: "buy", label: "Buy" },
  { value: "sell", label: "Sell" },
  { value: "dividend", label: "Dividend" },
  { value: MORE, label: "More" },
];
const FIRST_OF_MORE: TransactionType = "interest";
const COVER = "Covers the short lots first. The gain is what they were sold for, less what you pay now.";

const isQuick = (type: string) => type !== MORE && QUICK.some(({ value }) => value === type);

export function TypeChoice() {
  const { form, values, bind, facts } = useFormState();
  const choose = (type: TransactionType) => {
    // Lots that were named belong to the sale or transfer that they were named for.
    form.setValues({ type, lots: [] });
  };
  return (
    <div>
      <SegmentedControl
        fullWidth
        aria-label="Type"
        data={QUICK}
        value={isQuick(values.type) ? values.type : MORE}
        onChange={(next) => choose(next === MORE ? FIRST_OF_MORE : next)}
      />
      {isQuick(values.type) ? null : (
        <NativeSelect
          mt="sm"
          label="Type of transaction"
          data={MORE_GROUPS}
          {...bind("type")}
          onChange={(event) => choose(event.currentTarget.value as TransactionType)}
        />
      )}
      <Text size="xs" c="dimmed" mt={8}>
        {values.type === "buy" && facts.heldSide < 0 ? COVER : TYPE_WORDS[values.type].explanation}
      </Text>
    </div>
  );
}

const MORE_GROUPS = TYPE_GROUPS.map(({ label, types }) => ({
  group: label,
  items: types.filter((type) => !isQuick(type)).map((type) => ({ value: type, label: offeredAs(type) })),
})).filter(({ items }) => items.length > 0);
