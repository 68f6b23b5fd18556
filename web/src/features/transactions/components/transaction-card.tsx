import { memo, useId, useState } from "react";
import { Money } from "#web/components/figure.tsx";
import { formatDate } from "#web/components/format.ts";
import { happening, totalOf } from "../happening.ts";
import { relationOf, type ListedTransactionProps } from "./listed-transaction.ts";
import { Sentence } from "./sentence.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { TransactionDetails } from "./transaction-details.tsx";
import { TransactionMenu } from "./transaction-menu.tsx";
import classes from "./transactions.module.css";
import { TypeMark } from "./type-mark.tsx";

/** A transaction on a phone. */
export const TransactionCard = memo(function TransactionCard(props: ListedTransactionProps) {
  const { transaction, onEdit, onHistory, onDelete } = props;
  const [opened, setOpened] = useState(false);
  const details = useId();
  const { otherEnd, recordedIn } = relationOf(props);
  const { currency } = transaction;
  const total = totalOf(transaction);
  return (
    <li className={classes["card"]} data-transaction={transaction.id} data-status={transaction.status}>
      <div className={classes["cardBody"]}>
        <div className={classes["cardLine"]}>
          <span>
            <TypeMark type={transaction.type} />{" "}
            <span className={classes["strong"]}>{transaction.symbol}</span>
          </span>
          <span className={classes["strong"]}>
            {total === undefined || currency === undefined ? null : (
              <Money value={total} currency={currency} symbol />
            )}
          </span>
        </div>
        <div className={classes["cardLine"]} data-second>
          <span>
            <Sentence parts={happening(transaction, otherEnd)} />
          </span>
          <span className={classes["date"]}>{formatDate(transaction.tradedAt)}</span>
        </div>
        <div className={classes["cardLine"]}>
          <StatusBadge transaction={transaction} />
          <button
            type="button"
            className={classes["hintButton"]}
            aria-expanded={opened}
            aria-controls={opened ? details : undefined}
            onClick={() => setOpened(!opened)}
          >
            {opened ? "Less" : "Details"}
          </button>
        </div>
        {opened ? (
          <div id={details}>
            <TransactionDetails
              transaction={transaction}
              recordedIn={recordedIn}
              onCorrect={() => onEdit(transaction)}
            />
          </div>
        ) : null}
      </div>
      <TransactionMenu
        transaction={transaction}
        recordedIn={recordedIn}
        onEdit={onEdit}
        onHistory={onHistory}
        onDelete={onDelete}
      />
    </li>
  );
});
