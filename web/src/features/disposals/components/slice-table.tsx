import { ScrollArea, Table } from "@mantine/core";
import type { Disposal } from "#contracts/positions.ts";
import { Missing, Money, Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { Gain } from "#web/components/gain.tsx";
import { TermMark } from "#web/components/term-mark.tsx";
import classes from "./disposals.module.css";

const NO_OPENING = "A part of a pool has no opening of its own.";

/** The arithmetic of a gain: for every lot that the sale closed, proceeds less cost is gain; below, their sums. */
export function SliceTable({ disposal }: { disposal: Disposal }) {
  const { currency, slices } = disposal;
  return (
    <ScrollArea.Autosize type="auto" className={classes["slices"] ?? ""}>
      <Table
        className={classes["sliceTable"] ?? ""}
        withRowBorders={false}
        verticalSpacing={5}
        horizontalSpacing="sm"
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Lot opened</Table.Th>
            <Table.Th>Term</Table.Th>
            <Table.Th>Quantity</Table.Th>
            <Table.Th>Proceeds</Table.Th>
            <Table.Th className={classes["operator"] ?? ""}>
              <span aria-label="minus">−</span>
            </Table.Th>
            <Table.Th>Cost</Table.Th>
            <Table.Th className={classes["operator"] ?? ""}>
              <span aria-label="equals">=</span>
            </Table.Th>
            <Table.Th>Gain</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {slices.map((slice) => (
            <Table.Tr key={`${slice.lotId}-${slice.openedAt}`}>
              <Table.Td>
                {slice.openedAt === null ? <Missing reason={NO_OPENING} /> : formatDate(slice.openedAt)}
              </Table.Td>
              <Table.Td>
                <TermMark term={slice.term} />
              </Table.Td>
              <Table.Td>
                <Quantity value={slice.quantity} />
              </Table.Td>
              <Table.Td>
                <Money value={slice.proceeds} currency={currency} />
              </Table.Td>
              <Table.Td className={classes["operator"] ?? ""}>−</Table.Td>
              <Table.Td>
                <Money value={slice.costBasis} currency={currency} />
              </Table.Td>
              <Table.Td className={classes["operator"] ?? ""}>=</Table.Td>
              <Table.Td>
                <Gain value={slice.realizedGain} currency={currency} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        {slices.length > 1 ? <Sums disposal={disposal} /> : null}
      </Table>
    </ScrollArea.Autosize>
  );
}

function Sums({ disposal }: { disposal: Disposal }) {
  const { currency } = disposal;
  return (
    <Table.Tfoot>
      <Table.Tr>
        <Table.Th scope="row" colSpan={2}>
          Together
        </Table.Th>
        <Table.Td>
          <Quantity value={disposal.quantity} />
        </Table.Td>
        <Table.Td>
          <Money value={disposal.proceeds} currency={currency} />
        </Table.Td>
        <Table.Td className={classes["operator"] ?? ""}>−</Table.Td>
        <Table.Td>
          <Money value={disposal.costBasis} currency={currency} />
        </Table.Td>
        <Table.Td className={classes["operator"] ?? ""}>=</Table.Td>
        <Table.Td>
          <Gain value={disposal.realizedGain} currency={currency} />
        </Table.Td>
      </Table.Tr>
    </Table.Tfoot>
  );
}
