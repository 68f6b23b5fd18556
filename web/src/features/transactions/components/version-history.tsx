import { Modal, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Transaction, TransactionVersions } from "#contracts/transactions.ts";
import { formatDateTime } from "#web/components/format.ts";
import { ErrorPanel } from "#web/components/panels.tsx";
import { useFocusReturn } from "#web/components/use-focus-return.ts";
import { versionsQuery } from "../api/transaction-queries.ts";
import { nameOf, otherEndOf, statementOf, type OtherEnd } from "../happening.ts";
import { isRefused } from "../status-text.ts";
import { usePortfolioNames } from "../use-portfolio-names.ts";
import { Sentence } from "./sentence.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { TransactionDetails } from "./transaction-details.tsx";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

interface VersionHistoryProps {
  readonly transaction: Transaction;
  readonly viewedIn: string;
  readonly onEdit: (transaction: Transaction) => void;
  readonly onClose: () => void;
}

/** A transaction as it stands, and every version of it, newest first. Nothing recorded is ever overwritten. */
export function VersionHistory({ transaction, viewedIn, onEdit, onClose }: VersionHistoryProps) {
  const [opened, setOpened] = useState(true);
  const returnFocus = useFocusReturn();
  const names = usePortfolioNames();
  const versions = useQuery(versionsQuery(transaction.portfolioId, transaction.id));
  const recordedIn =
    transaction.portfolioId === viewedIn
      ? undefined
      : (names.get(transaction.portfolioId) ?? "another portfolio");
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
      size="lg"
      title={`Version history: ${nameOf(transaction)}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {isRefused(transaction) ? null : <StatusBadge transaction={transaction} />}
      <TransactionDetails
        transaction={transaction}
        recordedIn={recordedIn}
        onCorrect={() => {
          setOpened(false);
          onEdit(transaction);
        }}
      />
      <Title order={3} mt="md">
        Versions
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        An edit adds a version and keeps the ones before it.
      </Text>
      {versions.isPending ? <Skeleton height={120} /> : null}
      {versions.isError ? (
        <ErrorPanel error={versions.error} what="the versions" retry={() => void versions.refetch()} />
      ) : null}
      {versions.isSuccess ? (
        <ol className={classes["versions"]}>
          {versions.data.items.map((version) => (
            <Version
              key={version.version}
              version={version}
              otherEnd={endOfVersion(transaction, version, names)}
            />
          ))}
        </ol>
      ) : null}
    </Modal>
  );
}

type RecordedVersion = TransactionVersions["items"][number];

/** A version tells where it led, from the portfolio that it is recorded in. */
function endOfVersion(
  { portfolioId }: Transaction,
  { toPortfolioId }: RecordedVersion,
  names: ReadonlyMap<string, string>,
): OtherEnd | undefined {
  return otherEndOf({ portfolioId, toPortfolioId }, portfolioId, names.get(toPortfolioId ?? ""));
}

function Version({
  version,
  otherEnd,
}: {
  readonly version: RecordedVersion;
  readonly otherEnd: OtherEnd | undefined;
}) {
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
        <TypeMark type={version.type} /> <Sentence parts={statementOf(version, otherEnd)} />
      </div>
      <Text size="xs" c="dimmed">
        Dated {formatDateTime(version.tradedAt)}
        {version.notes === "" ? null : ` · ${version.notes}`}
      </Text>
    </li>
  );
}
