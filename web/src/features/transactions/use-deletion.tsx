import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { v7 as uuidv7 } from "uuid";
import type { Transaction } from "#contracts/transactions.ts";
import { refreshPortfolio } from "#web/features/portfolios/api/portfolio-queries.ts";
import { explain } from "#web/http/problem-error.ts";
import { deleteTransaction, recordTransaction } from "./api/transaction-queries.ts";
import { toInput, valuesOf } from "./transaction-form.ts";

const UNDO_OFFERED_MS = 10_000;

/** Deletes at once and offers to take it back, instead of asking first every time. */
export function useDeletion() {
  const client = useQueryClient();

  const restore = useMutation({
    // The deleted transaction stays in the history as it was; its content is recorded anew, at the exact same instant.
    mutationFn: (transaction: Transaction) =>
      recordTransaction(
        {
          ...toInput(valuesOf(transaction), {
            id: uuidv7(),
            portfolioId: transaction.portfolioId,
            currency: transaction.currency,
          }),
          tradedAt: transaction.tradedAt,
        },
        uuidv7(),
      ),
    onSuccess: (transaction) => refreshPortfolio(client, transaction.portfolioId),
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
            <Text size="sm">
              Deleted: {transaction.type} {transaction.quantity} {transaction.symbol}
            </Text>
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
      await refreshPortfolio(client, transaction.portfolioId);
    },
    onError: (error) => notifications.show({ color: "red", title: "Not deleted", message: explain(error) }),
  });
}
