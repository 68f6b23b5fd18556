import { tradeTotal } from "#web/components/decimal.ts";
import { Money } from "#web/components/figure.tsx";
import type { TransactionValues } from "../transaction-form.ts";
import classes from "./transactions.module.css";

/** What the trade costs or brings, while it is typed. */
export function TradeTotal({ values, currency }: { values: TransactionValues; currency: string }) {
  const total = tradeTotal({
    type: values.type,
    quantity: values.quantity.trim(),
    price: values.price.trim(),
    fees: values.fees.trim(),
  });
  return (
    <div className={classes["total"]}>
      <span>{values.type === "buy" ? "Total cost" : "Proceeds"}</span>
      <span>{total === undefined ? "–" : <Money value={total} currency={currency} symbol />}</span>
    </div>
  );
}
