import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconHistory, IconPencil, IconTrash } from "@tabler/icons-react";
import type { Transaction } from "#contracts/transactions.ts";
import { nameOf } from "../happening.ts";

export interface TransactionActionHandlers {
  readonly onEdit: (transaction: Transaction) => void;
  readonly onHistory: (transaction: Transaction) => void;
  readonly onDelete: (transaction: Transaction) => void;
}

type TransactionMenuProps = {
  readonly transaction: Transaction;
  /** The portfolio that it is recorded in, where that is not the one shown. */
  readonly recordedIn?: string | undefined;
} & TransactionActionHandlers;

export function TransactionMenu({
  transaction,
  recordedIn,
  onEdit,
  onHistory,
  onDelete,
}: TransactionMenuProps) {
  return (
    <Menu position="bottom-end" width={recordedIn === undefined ? 180 : 240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${nameOf(transaction)}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onEdit(transaction)}>
          Edit{recordedIn === undefined ? null : ` in ${recordedIn}`}
        </Menu.Item>
        <Menu.Item leftSection={<IconHistory size={16} aria-hidden />} onClick={() => onHistory(transaction)}>
          Version history
        </Menu.Item>
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onDelete(transaction)}
        >
          Delete{recordedIn === undefined ? null : " in both portfolios"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
