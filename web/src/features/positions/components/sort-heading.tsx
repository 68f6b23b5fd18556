import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { Sort, SortColumn } from "../row-order.ts";
import classes from "./positions.module.css";

interface SortHeadingProps {
  readonly column: SortColumn;
  readonly label: string;
  /** The currency of the amounts in this column. */
  readonly unit: string | undefined;
  readonly sort: Sort;
  readonly onChoose: (column: SortColumn) => void;
}

export function SortHeading({ column, label, unit, sort, onChoose }: SortHeadingProps) {
  const active = sort.column === column;
  const Icon = sort.direction === "ascending" ? IconArrowUp : IconArrowDown;
  return (
    <Table.Th aria-sort={active ? sort.direction : "none"} data-column={column}>
      <UnstyledButton
        className={classes["heading"]}
        data-active={active || undefined}
        onClick={() => onChoose(column)}
      >
        {active ? <Icon size={12} stroke={2.5} aria-hidden /> : null}
        {label}
        {unit === undefined ? null : <span className={classes["unit"]}>{unit}</span>}
      </UnstyledButton>
    </Table.Th>
  );
}
