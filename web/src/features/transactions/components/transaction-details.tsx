import { Alert, Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { signOf } from "#web/components/decimal.ts";
import { Exact, Money, Quantity } from "#web/components/figure.tsx";
import { formatDate, formatDateTime, formatExactTime } from "#web/components/format.ts";
import { lotOpeningQuery } from "../api/transaction-queries.ts";
import { toPercent } from "../cost-share.ts";
import { alertTone, isRefused, reasonAdvice, statusText } from "../status-text.ts";
import classes from "./transactions.module.css";

interface TransactionDetailsProps {
  readonly transaction: Transaction;
  /** The portfolio that it is recorded in, where that is not the one shown. */
  readonly recordedIn?: string | undefined;
  readonly onCorrect: () => void;
}

/** All that is recorded of a transaction, and what to do when it does not count. */
export function TransactionDetails({ transaction, recordedIn, onCorrect }: TransactionDetailsProps) {
  return (
    <div className={classes["details"]}>
      {isRefused(transaction) ? <Refusal transaction={transaction} onCorrect={onCorrect} /> : null}
      <dl>
        {factsOf(transaction).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {recordedIn === undefined ? null : (
        <Text size="xs" c="dimmed">
          It came from {recordedIn}, where it is recorded and can be changed.
        </Text>
      )}
    </div>
  );
}

function Refusal({ transaction, onCorrect }: Pick<TransactionDetailsProps, "transaction" | "onCorrect">) {
  return (
    <Alert role="note" {...alertTone(transaction)} title={statusText(transaction)} p="sm">
      {reasonAdvice(transaction)}{" "}
      <Button size="compact-xs" variant="default" onClick={onCorrect}>
        Correct it
      </Button>
    </Alert>
  );
}

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

function factsOf(transaction: Transaction): readonly Fact[] {
  const { currency, exchangeRate, lots = [], acquiredAt, costShare, notes } = transaction;
  return [
    { name: "When", value: formatExactTime(transaction.tradedAt) },
    ...moneyOf(transaction),
    ...(currency === undefined ? [] : [{ name: "Currency", value: currency }]),
    ...(exchangeRate === undefined
      ? []
      : [{ name: "Exchange rate", value: <Exact value={exchangeRate}>{exchangeRate}</Exact> }]),
    ...(acquiredAt === undefined ? [] : [{ name: "Acquired on", value: formatDate(acquiredAt) }]),
    ...(costShare === undefined ? [] : [{ name: "Share of the cost", value: `${toPercent(costShare)}%` }]),
    ...(lots.length === 0 ? [] : [{ name: "Named lots", value: <NamedLots transaction={transaction} /> }]),
    ...(notes === "" ? [] : [{ name: "Notes", value: notes }]),
    {
      name: "Recorded",
      value: `${formatDateTime(transaction.createdAt)}${transaction.version > 1 ? ", edited since" : ""}`,
    },
  ];
}

function moneyOf({ currency, fees, tax, costBasis }: Transaction): readonly Fact[] {
  if (currency === undefined) return [];
  const amounts = [
    { name: "Fees", amount: fees },
    { name: "Tax withheld", amount: tax },
    { name: "Total cost", amount: costBasis ?? "0" },
  ];
  return amounts
    .filter(({ amount }) => signOf(amount) !== 0)
    .map(({ name, amount }) => ({ name, value: <Money value={amount} currency={currency} /> }));
}

function NamedLots({ transaction }: { transaction: Transaction }) {
  return (transaction.lots ?? []).map(({ lotId, quantity }) => (
    <div key={lotId}>
      <Quantity value={quantity} /> of the lot of{" "}
      <LotName portfolioId={transaction.portfolioId} lotId={lotId} />
    </div>
  ));
}

/** A lot by the day on which it was opened. */
function LotName({ portfolioId, lotId }: { portfolioId: string; lotId: string }) {
  const { data: opening, isError } = useQuery(lotOpeningQuery(portfolioId, lotId));
  if (isError) return "a transaction that cannot be found";
  if (opening === undefined) return "…";
  return `${formatDate(opening.acquiredAt ?? opening.tradedAt)}${opening.deleted ? ", deleted since" : ""}`;
}
