import { Modal, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { ProblemError } from "#web/http/problem-error.ts";
import { linkedTransactionQuery } from "../api/transaction-queries.ts";
import { VersionHistory } from "./version-history.tsx";

interface LinkedTransactionProps {
  readonly portfolioId: string;
  readonly transactionId: string;
  readonly onEdit: (transaction: Transaction) => void;
  readonly onClose: () => void;
}

/** The transaction that the address names, with all its versions: where an explanation of a figure leads to. */
export function LinkedTransaction(props: LinkedTransactionProps) {
  const { portfolioId, transactionId, onEdit, onClose } = props;
  const transaction = useQuery(linkedTransactionQuery(portfolioId, transactionId));
  if (transaction.data !== undefined) {
    return (
      <VersionHistory
        transaction={transaction.data}
        viewedIn={portfolioId}
        onEdit={onEdit}
        onClose={onClose}
      />
    );
  }
  return (
    <Waiting onClose={onClose}>
      {transaction.isError ? (
        <NotShown error={transaction.error} retry={() => void transaction.refetch()} />
      ) : (
        <Skeleton height={120} />
      )}
    </Waiting>
  );
}

function Waiting({ onClose, children }: { onClose: () => void; children: React.ReactNode }) {
  const [opened, setOpened] = useState(true);
  return (
    <Modal
      opened={opened}
      onClose={() => setOpened(false)}
      transitionProps={{ onExited: onClose }}
      title="Transaction"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {children}
    </Modal>
  );
}

function NotShown({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof ProblemError && [400, 404].includes(error.status)) {
    return <Text size="sm">This transaction is not recorded any more: it was deleted, or never yours.</Text>;
  }
  return <ErrorPanel error={error} what="the transaction" retry={retry} />;
}
