import type { TransactionType } from "#contracts/transactions.ts";
import classes from "./transactions.module.css";

const LABELS: Record<TransactionType, string> = { buy: "Buy", sell: "Sell" };

export const TypeMark = ({ type }: { type: TransactionType }) => (
  <span className={classes["type"]} data-type={type}>
    {LABELS[type]}
  </span>
);
