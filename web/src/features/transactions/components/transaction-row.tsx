import { Table } from "@mantine/core";
import { memo } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { signOf, tradeTotal } from "#web/components/decimal.ts";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import { formatDate, formatExactTime } from "#web/components/format.ts";
import { StatusBadge } from "./status-badge.tsx";
import { TransactionMenu, type TransactionActionHandlers } from "./transaction-menu.tsx";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

type TransactionRowProps = {
  readonly transaction: Transaction;
  readonly withCurrency: boolean;
} & TransactionActionHandlers;

export const TransactionRow = memo(function TransactionRow({
  transaction,
  withCurrency,
  ...handlers
}: TransactionRowProps) {
  const { currency, fees } = transaction;
  const total = tradeTotal(transaction);
  return (
    <Table.Tr data-transaction={transaction.id} data-status={transaction.status}>
      <Table.Td title={formatExactTime(transaction.tradedAt)}>{formatDate(transaction.tradedAt)}</Table.Td>
      <Table.Td>
        <TypeMark type={transaction.type} />
      </Table.Td>
      <Table.Td
        className={classes["strong"] ?? ""}
        title={transaction.notes === "" ? undefined : transaction.notes}
      >
        {transaction.symbol}
      </Table.Td>
      <Table.Td>
        <Quantity value={transaction.quantity} />
      </Table.Td>
      <Table.Td>
        <Price value={transaction.price} currency={currency} />
      </Table.Td>
      <Table.Td>{signOf(fees) === 0 ? null : <Money value={fees} currency={currency} />}</Table.Td>
      <Table.Td>
        {total === undefined ? null : <Money value={total} currency={currency} />}
        {withCurrency ? <span className={classes["currency"]}> {currency}</span> : null}
      </Table.Td>
      <Table.Td>
        <StatusBadge transaction={transaction} />
      </Table.Td>
      <Table.Td>
        <TransactionMenu transaction={transaction} {...handlers} />
      </Table.Td>
    </Table.Tr>
  );
});
