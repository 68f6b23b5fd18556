import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconHistory, IconPencil, IconTrash } from "@tabler/icons-react";
import type { Transaction } from "#contracts/transactions.ts";

export interface TransactionActionHandlers {
  readonly onEdit: (transaction: Transaction) => void;
  readonly onHistory: (transaction: Transaction) => void;
  readonly onDelete: (transaction: Transaction) => void;
}

type TransactionMenuProps = { transaction: Transaction } & TransactionActionHandlers;

export function TransactionMenu({ transaction, onEdit, onHistory, onDelete }: TransactionMenuProps) {
  const { type, quantity, symbol } = transaction;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${type} ${quantity} ${symbol}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onEdit(transaction)}>
          Edit
        </Menu.Item>
        <Menu.Item leftSection={<IconHistory size={16} aria-hidden />} onClick={() => onHistory(transaction)}>
          Version history
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onDelete(transaction)}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
