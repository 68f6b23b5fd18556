import { Modal, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Transaction, TransactionVersions } from "#contracts/transactions.ts";
import { Price, Quantity } from "#web/components/figure.tsx";
import { formatDateTime } from "#web/components/format.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { versionsQuery } from "../api/transaction-queries.ts";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

interface VersionHistoryProps {
  readonly transaction: Transaction;
  readonly onClose: () => void;
}

/** Every version of a transaction, newest first. Nothing recorded is ever overwritten. */
export function VersionHistory({ transaction, onClose }: VersionHistoryProps) {
  const [opened, setOpened] = useState(true);
  const returnFocus = useFocusReturn();
  const versions = useQuery(versionsQuery(transaction.portfolioId, transaction.id));
  return (
    <Modal
      opened={opened}
      onClose={() => setOpened(false)}
      transitionProps={{
        onExited: () => {
          onClose();
          returnFocus();
        },
      }}
      title={`Version history: ${transaction.symbol}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Text size="sm" c="dimmed" mb="md">
        An edit adds a version and keeps the ones before it.
      </Text>
      {versions.isPending ? <Skeleton height={120} /> : null}
      {versions.isError ? (
        <ErrorPanel error={versions.error} what="the versions" retry={() => void versions.refetch()} />
      ) : null}
      {versions.isSuccess ? (
        <ol className={classes["versions"]}>
          {versions.data.items.map((version) => (
            <Version key={version.version} version={version} />
          ))}
        </ol>
      ) : null}
    </Modal>
  );
}

function Version({ version }: { version: TransactionVersions["items"][number] }) {
  return (
    <li className={classes["version"]}>
      <div className={classes["cardLine"]}>
        <span className={classes["strong"]}>
          Version {version.version}
          {version.deleted ? " · deleted" : null}
        </span>
        <Text component="span" size="xs" c="dimmed">
          recorded {formatDateTime(version.createdAt)}
        </Text>
      </div>
      <div>
        <TypeMark type={version.type} /> <Quantity value={version.quantity} /> {version.symbol} at{" "}
        <Price value={version.price} currency={version.currency} /> {version.currency}
        {/[1-9]/.test(version.fees) ? (
          <>
            , fees <Price value={version.fees} currency={version.currency} />
          </>
        ) : null}
      </div>
      <Text size="xs" c="dimmed">
        Traded {formatDateTime(version.tradedAt)}
        {version.notes === "" ? null : ` · ${version.notes}`}
      </Text>
    </li>
  );
}
