import type { TransactionType } from "#contracts/transaction-fields.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";
import { groupOf } from "../transaction-types.ts";
import classes from "./transactions.module.css";

/** The type in a word, tinted by its group. */
export const TypeMark = ({ type }: { type: TransactionType }) => (
  <span className={classes["type"]} data-type={type} data-group={groupOf(type)}>
    {TRANSACTION_TYPE_NAMES[type]}
  </span>
);
