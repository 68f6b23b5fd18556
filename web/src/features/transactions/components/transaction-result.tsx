import { Alert, Button, Group, Loader, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Transaction } from "#contracts/transactions.ts";
import { Price, Quantity } from "#web/components/figure.tsx";
import { transactionQuery } from "../api/transaction-queries.ts";
import { reasonAdvice, reasonText } from "../status-text.ts";

interface TransactionResultProps {
  readonly recorded: Transaction;
  readonly edited: boolean;
  readonly onAnother: () => void;
  readonly onCorrect: (transaction: Transaction) => void;
  readonly onDone: () => void;
}

/** What became of the trade: matched, still pending, or rejected with the reason and the way out. */
export function TransactionResult({
  recorded,
  edited,
  onAnother,
  onCorrect,
  onDone,
}: TransactionResultProps) {
  const transaction = useQuery(transactionQuery(recorded)).data;
  const { type, quantity, symbol, price, currency, status } = transaction;
  return (
    <Stack gap="lg" pt="md" data-result={status}>
      <Group gap="md" wrap="nowrap" align="flex-start" role="status">
        <StatusIcon status={status} />
        <div>
          <Title order={2}>{titleOf(transaction, edited)}</Title>
          <Text size="sm" c="dimmed">
            {type === "buy" ? "Buy" : "Sale"} of <Quantity value={quantity} /> {symbol} at{" "}
            <Price value={price} currency={currency} /> {currency}
          </Text>
        </div>
      </Group>
      {status === "rejected" ? (
        <Alert color="red" title={`Rejected: ${reasonText(transaction.reason)}`}>
          It is kept in the transactions but counts for nothing. {reasonAdvice(transaction.reason)}
        </Alert>
      ) : null}
      {status === "pending" ? (
        <Text size="sm" c="dimmed">
          It is recorded and safe. The lots follow in a moment; you need not wait.
        </Text>
      ) : null}
      <Group justify="flex-end">
        {status === "rejected" ? (
          <Button variant="default" onClick={() => onCorrect(transaction)}>
            Correct it
          </Button>
        ) : (
          <Button variant="default" onClick={onAnother}>
            Record another
          </Button>
        )}
        <Button onClick={onDone} data-autofocus autoFocus>
          Done
        </Button>
      </Group>
    </Stack>
  );
}

function titleOf({ status }: Transaction, edited: boolean): string {
  switch (status) {
    case "matched":
      return edited ? "Saved and matched" : "Recorded and matched";
    case "pending":
      return edited ? "Saved, matching…" : "Recorded, matching…";
    case "rejected":
      return edited ? "Saved, but rejected" : "Recorded, but rejected";
  }
}

function StatusIcon({ status }: { status: Transaction["status"] }) {
  if (status === "pending") {
    return (
      <ThemeIcon size={40} radius="xl" variant="light">
        <Loader size={18} aria-hidden />
      </ThemeIcon>
    );
  }
  const matched = status === "matched";
  return (
    <ThemeIcon size={40} radius="xl" variant="light" color={matched ? "teal" : "red"}>
      {matched ? <IconCheck size={22} aria-hidden /> : <IconAlertTriangle size={22} aria-hidden />}
    </ThemeIcon>
  );
}
