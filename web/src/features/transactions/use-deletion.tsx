import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { v7 as uuidv7 } from "uuid";
import type { Transaction } from "#contracts/transactions.ts";
import { explain } from "#web/http/problem-error.ts";
import { deleteTransaction, recordTransaction } from "./api/transaction-queries.ts";
import { nameOf } from "./happening.ts";
import { refreshTouched } from "./refresh-touched.ts";
import { toRestored } from "./transaction-wire.ts";

const UNDO_OFFERED_MS = 10_000;

/** Deletes at once and offers to take it back, instead of asking first every time. */
export function useDeletion() {
  const client = useQueryClient();

  const restore = useMutation({
    // The deleted transaction stays in the history as it was; its content is recorded anew, at the exact same instant.
    mutationFn: (transaction: Transaction) => recordTransaction(toRestored(transaction, uuidv7()), uuidv7()),
    onSuccess: (transaction) => refreshTouched(client, transaction),
    onError: (error) =>
      notifications.show({ color: "red", title: "Not taken back", message: explain(error) }),
  });

  return useMutation({
    mutationFn: (transaction: Transaction) => deleteTransaction(transaction.id),
    onSuccess: async (_, transaction) => {
      const id = `deleted-${transaction.id}`;
      notifications.show({
        id,
        autoClose: UNDO_OFFERED_MS,
        message: (
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm">Deleted: {nameOf(transaction)}</Text>
            <Button
              size="compact-sm"
              variant="light"
              onClick={() => {
                notifications.hide(id);
                restore.mutate(transaction);
              }}
            >
              Undo
            </Button>
          </Group>
        ),
      });
      await refreshTouched(client, transaction);
    },
    onError: (error) => notifications.show({ color: "red", title: "Not deleted", message: explain(error) }),
  });
}
