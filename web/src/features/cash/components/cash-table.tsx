import { ScrollArea, Table } from "@mantine/core";
import type { CashEntry } from "#contracts/cash.ts";
import { Money } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import classes from "./cash.module.css";
import { entryKey, EntryLink, FromElsewhere } from "./entry-link.tsx";

export interface CashRowsProps {
  readonly portfolioId: string;
  readonly items: readonly CashEntry[];
}

export function CashTable({ portfolioId, items }: CashRowsProps) {
  // One currency is said once, in the headings; several are said row by row.
  const currencies = new Set(items.map(({ currency }) => currency));
  const currency = currencies.size === 1 ? items[0]?.currency : undefined;
  return (
    <ScrollArea.Autosize type="auto">
      <Table
        className={classes["table"] ?? ""}
        horizontalSpacing="md"
        aria-label="Cash entries, newest first"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Date</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Symbol</Table.Th>
            <Table.Th>
              Amount <span className={classes["unit"]}>{currency}</span>
            </Table.Th>
            <Table.Th>
              Balance after it <span className={classes["unit"]}>{currency}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((entry) => (
            <Table.Tr key={entryKey(entry)} data-entry={entry.transactionId}>
              <Table.Td title={formatExactTime(entry.tradedAt)}>{formatDate(entry.tradedAt)}</Table.Td>
              <Table.Td>
                <EntryLink entry={entry} /> <FromElsewhere entry={entry} portfolioId={portfolioId} />
              </Table.Td>
              <Table.Td>{entry.symbol}</Table.Td>
              <Table.Td className={classes["strong"] ?? ""}>
                <Money value={entry.amount} currency={entry.currency} signed />{" "}
                {currency === undefined ? <span className={classes["unit"]}>{entry.currency}</span> : null}
              </Table.Td>
              <Table.Td>
                <Money value={entry.balance} currency={entry.currency} />{" "}
                {currency === undefined ? <span className={classes["unit"]}>{entry.currency}</span> : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}
