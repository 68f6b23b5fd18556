import { memo } from "react";
import type { Transaction } from "#contracts/transactions.ts";
import { tradeTotal } from "#web/components/decimal.ts";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { StatusBadge } from "./status-badge.tsx";
import { TransactionMenu, type TransactionActionHandlers } from "./transaction-menu.tsx";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

type TransactionCardProps = { transaction: Transaction } & TransactionActionHandlers;

/** A transaction on a phone. */
export const TransactionCard = memo(function TransactionCard({
  transaction,
  ...handlers
}: TransactionCardProps) {
  const { currency } = transaction;
  const total = tradeTotal(transaction);
  return (
    <li className={classes["card"]} data-transaction={transaction.id} data-status={transaction.status}>
      <div className={classes["cardBody"]}>
        <div className={classes["cardLine"]}>
          <span>
            <TypeMark type={transaction.type} />{" "}
            <span className={classes["strong"]}>{transaction.symbol}</span>
          </span>
          <span className={classes["strong"]}>
            {total === undefined ? null : <Money value={total} currency={currency} symbol />}
          </span>
        </div>
        <div className={classes["cardLine"]} data-second>
          <span>
            <Quantity value={transaction.quantity} /> ×{" "}
            <Price value={transaction.price} currency={currency} />
          </span>
          <span>{formatDate(transaction.tradedAt)}</span>
        </div>
        <StatusBadge transaction={transaction} />
      </div>
      <TransactionMenu transaction={transaction} {...handlers} />
    </li>
  );
});
