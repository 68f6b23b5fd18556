import { Table, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { firstDirection, type Sort, type SortColumn } from "../row-order.ts";
import { useRowOrder } from "../use-row-order.ts";
import { useVirtualRows } from "../use-virtual-rows.ts";
import { PositionCard } from "./position-card.tsx";
import { PositionRow } from "./position-row.tsx";
import classes from "./positions.module.css";
import { SortHeading } from "./sort-heading.tsx";

interface PositionsProps {
  readonly portfolioId: string;
  readonly currency: string;
  readonly dimmed: boolean;
  readonly onOpen: (symbol: string) => void;
}

const COLUMNS: readonly { column: SortColumn; label: string; amount: boolean }[] = [
  { column: "symbol", label: "Symbol", amount: false },
  { column: "quantity", label: "Quantity", amount: false },
  { column: "averageCost", label: "Average cost", amount: true },
  { column: "price", label: "Price", amount: true },
  { column: "marketValue", label: "Market value", amount: true },
  { column: "dayChange", label: "Today", amount: true },
  { column: "unrealizedGain", label: "Unrealized", amount: true },
  { column: "weight", label: "Weight", amount: false },
];

const ROW_HEIGHT = 56;
const CARD_HEIGHT = 96;

export function PositionsTable({ portfolioId, currency, dimmed, onOpen }: PositionsProps) {
  const [sort, setSort] = useState<Sort>({ column: "marketValue", direction: "descending" });
  const [held, setHeld] = useState(false);
  const order = useRowOrder(portfolioId, sort, held);
  const { body, above, below, symbols } = useVirtualRows<HTMLTableSectionElement>(order, ROW_HEIGHT);

  const choose = (column: SortColumn) =>
    setSort((current) =>
      current.column === column
        ? { column, direction: current.direction === "ascending" ? "descending" : "ascending" }
        : { column, direction: firstDirection(column) },
    );

  return (
    <div
      data-dimmed={dimmed || undefined}
      className={classes["frame"]}
      onPointerEnter={(event) => setHeld(event.pointerType === "mouse")}
      onPointerLeave={() => setHeld(false)}
    >
      <Table className={classes["table"] ?? ""} aria-rowcount={order.length + 1} horizontalSpacing="md">
        <caption className={classes["caption"]}>
          <VisuallyHidden>Positions, amounts in {currency} unless a row says otherwise</VisuallyHidden>
        </caption>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map(({ column, label, amount }) => (
              <SortHeading
                key={column}
                column={column}
                label={label}
                unit={amount ? currency : undefined}
                sort={sort}
                onChoose={choose}
              />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body}>
          <Spacer height={above} />
          {symbols.map((symbol) => (
            <PositionRow
              key={symbol}
              portfolioId={portfolioId}
              symbol={symbol}
              baseCurrency={currency}
              onOpen={onOpen}
            />
          ))}
          <Spacer height={below} />
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** The height of the rows that are not drawn. */
function Spacer({ height }: { height: number }) {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true">
      <td colSpan={COLUMNS.length} style={{ height, padding: 0 }} />
    </tr>
  );
}

const BY_VALUE: Sort = { column: "marketValue", direction: "descending" };

/** The phone's form of the table: a card a position, largest first. */
export function PositionCards({ portfolioId, currency, dimmed, onOpen }: PositionsProps) {
  const order = useRowOrder(portfolioId, BY_VALUE, false);
  const { body, above, below, symbols } = useVirtualRows<HTMLUListElement>(order, CARD_HEIGHT);
  return (
    <ul ref={body} className={classes["cards"]} data-dimmed={dimmed || undefined} aria-label="Positions">
      <li className={classes["amountsIn"]}>Amounts in {currency} unless marked otherwise</li>
      {above > 0 ? <li aria-hidden="true" style={{ height: above }} /> : null}
      {symbols.map((symbol) => (
        <PositionCard
          key={symbol}
          portfolioId={portfolioId}
          symbol={symbol}
          baseCurrency={currency}
          onOpen={onOpen}
        />
      ))}
      {below > 0 ? <li aria-hidden="true" style={{ height: below }} /> : null}
    </ul>
  );
}
