import { Table } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { memo, useId, useState } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { signOf } from "#web/components/decimal.ts";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { happening, totalOf, type OtherEnd } from "../happening.ts";
import { relationOf, type ListedTransactionProps } from "./listed-transaction.ts";
import { Sentence } from "./sentence.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { TransactionDetails } from "./transaction-details.tsx";
import { TransactionMenu } from "./transaction-menu.tsx";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

type TransactionRowProps = ListedTransactionProps & { readonly withCurrency: boolean };

const COLUMNS = 9;

/** One transaction in a line, with all about it below when it is opened. */
export const TransactionRow = memo(function TransactionRow(props: TransactionRowProps) {
  const { transaction, withCurrency, onEdit, onHistory, onDelete } = props;
  const [opened, setOpened] = useState(false);
  const details = useId();
  const { otherEnd, recordedIn } = relationOf(props);
  return (
    <>
      <Table.Tr data-transaction={transaction.id} data-status={transaction.status}>
        <Table.Td title={formatExactTime(transaction.tradedAt)}>
          <button
            type="button"
            className={classes["disclosure"]}
            aria-expanded={opened}
            aria-controls={opened ? details : undefined}
            aria-label={`Details of ${formatDate(transaction.tradedAt)}`}
            onClick={() => setOpened(!opened)}
          >
            <IconChevronRight size={14} data-opened={opened || undefined} aria-hidden />
            {formatDate(transaction.tradedAt)}
          </button>
        </Table.Td>
        <Table.Td>
          <TypeMark type={transaction.type} />
        </Table.Td>
        <Table.Td
          className={classes["strong"] ?? ""}
          title={transaction.notes === "" ? undefined : transaction.notes}
        >
          {transaction.symbol}
        </Table.Td>
        <FigureCells transaction={transaction} otherEnd={otherEnd} />
        <TotalCell transaction={transaction} withCurrency={withCurrency} />
        <Table.Td className={classes["statusCell"] ?? ""}>
          <StatusBadge transaction={transaction} />
        </Table.Td>
        <Table.Td>
          <TransactionMenu
            transaction={transaction}
            recordedIn={recordedIn}
            onEdit={onEdit}
            onHistory={onHistory}
            onDelete={onDelete}
          />
        </Table.Td>
      </Table.Tr>
      {opened ? (
        <Table.Tr id={details} className={classes["detailsRow"] ?? ""}>
          <Table.Td colSpan={COLUMNS}>
            <TransactionDetails
              transaction={transaction}
              recordedIn={recordedIn}
              onCorrect={() => onEdit(transaction)}
            />
          </Table.Td>
        </Table.Tr>
      ) : null}
    </>
  );
});

/** A trade has its figures in columns; what the other types did is a sentence across them. */
function FigureCells({
  transaction,
  otherEnd,
}: {
  transaction: Transaction;
  otherEnd: OtherEnd | undefined;
}) {
  const { type, quantity, price, fees, currency } = transaction;
  if ((type !== "buy" && type !== "sell") || quantity === undefined || price === undefined) {
    return (
      <Table.Td colSpan={3} className={classes["sentenceCell"] ?? ""}>
        <Sentence parts={happening(transaction, otherEnd)} />
      </Table.Td>
    );
  }
  return (
    <>
      <Table.Td>
        <Quantity value={quantity} />
      </Table.Td>
      <Table.Td>{currency === undefined ? price : <Price value={price} currency={currency} />}</Table.Td>
      <Table.Td>
        {signOf(fees) === 0 || currency === undefined ? null : <Money value={fees} currency={currency} />}
      </Table.Td>
    </>
  );
}

function TotalCell({ transaction, withCurrency }: { transaction: Transaction; withCurrency: boolean }) {
  const total = totalOf(transaction);
  const { currency } = transaction;
  if (total === undefined || currency === undefined) return <Table.Td />;
  return (
    <Table.Td>
      <Money value={total} currency={currency} />
      {withCurrency ? <span className={classes["currency"]}> {currency}</span> : null}
    </Table.Td>
  );
}
