import { Alert, Button, Group, Loader, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Transaction } from "#contracts/transactions.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";
import { transactionQuery } from "../api/transaction-queries.ts";
import { otherEndOf, statementOf } from "../happening.ts";
import { alertTone, isRefused, reasonAdvice, statusText } from "../status-text.ts";
import { usePortfolioNames } from "../use-portfolio-names.ts";
import { Sentence } from "./sentence.tsx";

interface TransactionResultProps {
  readonly recorded: Transaction;
  readonly edited: boolean;
  readonly onAnother: () => void;
  readonly onCorrect: (transaction: Transaction) => void;
  readonly onDone: () => void;
}

/** What became of it: matched, still pending, or not counted, with the reason and the way out. */
export function TransactionResult(props: TransactionResultProps) {
  const transaction = useQuery(transactionQuery(props.recorded)).data;
  const { portfolioId, toPortfolioId = "" } = transaction;
  const otherEnd = otherEndOf(transaction, portfolioId, usePortfolioNames().get(toPortfolioId));
  const { status } = transaction;
  return (
    <Stack gap="lg" pt="md" data-result={status}>
      <Group gap="md" wrap="nowrap" align="flex-start" role="status">
        <StatusIcon status={status} />
        <div>
          <Title order={2}>{titleOf(transaction, props.edited)}</Title>
          <Text size="sm" c="dimmed">
            {TRANSACTION_TYPE_NAMES[transaction.type]} <Sentence parts={statementOf(transaction, otherEnd)} />
          </Text>
        </div>
      </Group>
      {isRefused(transaction) ? (
        <Alert {...alertTone(transaction)} title={statusText(transaction)}>
          It is kept in the transactions but counts for nothing. {reasonAdvice(transaction)}
        </Alert>
      ) : null}
      {status === "pending" && !isRefused(transaction) ? (
        <Text size="sm" c="dimmed">
          It is recorded and safe. The lots follow in a moment; you need not wait.
        </Text>
      ) : null}
      <Group justify="flex-end">
        {isRefused(transaction) ? (
          <Button variant="default" onClick={() => props.onCorrect(transaction)}>
            Correct it
          </Button>
        ) : (
          <Button variant="default" onClick={props.onAnother}>
            Record another
          </Button>
        )}
        <Button onClick={props.onDone} data-autofocus autoFocus>
          Done
        </Button>
      </Group>
    </Stack>
  );
}

function titleOf({ status, reason }: Transaction, edited: boolean): string {
  switch (status) {
    case "matched":
      return edited ? "Saved and matched" : "Recorded and matched";
    case "pending":
      if (reason !== undefined)
        return edited ? "Saved, but calculation is paused" : "Recorded, but calculation is paused";
      return edited ? "Saved, matching…" : "Recorded, matching…";
    case "rejected":
      return edited ? "Saved, but rejected" : "Recorded, but rejected";
    case "needs-attention":
      return edited ? "Saved, but something is missing" : "Recorded, but something is missing";
  }
}

function StatusIcon({ status }: { status: Transaction["status"] }) {
  return (
    <ThemeIcon size={40} radius="xl" variant="light" color={COLORS[status] ?? ""}>
      {iconOf(status)}
    </ThemeIcon>
  );
}

const COLORS: Readonly<Partial<Record<Transaction["status"], string>>> = {
  matched: "teal",
  rejected: "red",
  "needs-attention": "yellow",
};

function iconOf(status: Transaction["status"]) {
  switch (status) {
    case "pending":
      return <Loader size={18} aria-hidden />;
    case "matched":
      return <IconCheck size={22} aria-hidden />;
    case "rejected":
      return <IconAlertTriangle size={22} aria-hidden />;
    case "needs-attention":
      return <IconHelpCircle size={22} aria-hidden />;
  }
}
