import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { CashEntry } from "#contracts/cash.ts";
import { Mark } from "#web/components/mark.tsx";
import { transactionAddress } from "#web/components/transaction-address.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";

/** What moved the money, and the way to it. */
export const EntryLink = ({ entry }: { entry: CashEntry }) => (
  <Anchor component={Link} to={transactionAddress(entry)} size="sm" underline="always">
    {TRANSACTION_TYPE_NAMES[entry.type]}
  </Anchor>
);

/** Money that another portfolio sent is recorded there. */
export function FromElsewhere({ entry, portfolioId }: { entry: CashEntry; portfolioId: string }) {
  if (entry.portfolioId === portfolioId) return null;
  return (
    <Mark
      label="From another portfolio"
      why="The transfer is recorded in the portfolio that sent it"
      spoken
    />
  );
}

/** One transaction can move two currencies. */
export const entryKey = ({ transactionId, currency }: CashEntry) => `${transactionId} ${currency}`;
