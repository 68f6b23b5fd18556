import { tradeTotal } from "#web/components/decimal.ts";
import { Money } from "#web/components/figure.tsx";
import { netDividend } from "../happening.ts";
import { checkDecimal } from "../transaction-checks.ts";
import type { TransactionValues } from "../transaction-form.ts";
import { useFormState } from "../use-transaction-form.ts";
import classes from "./transactions.module.css";

/** What the transaction costs or brings in the end, while it is typed; nothing where there is nothing to add up. */
export function TransactionTotal() {
  const { values, facts } = useFormState();
  const label = LABELS[values.type];
  const currency = facts.currency ?? facts.baseCurrency;
  if (label === undefined || currency === undefined) return null;
  const total = totalOf(values);
  return (
    <div className={classes["total"]}>
      <span>{label}</span>
      <span>{total === undefined ? "–" : <Money value={total} currency={currency} symbol />}</span>
    </div>
  );
}

const LABELS: Readonly<Partial<Record<TransactionValues["type"], string>>> = {
  buy: "Total cost",
  sell: "Proceeds",
  dividend: "Paid out",
};

function totalOf({ type, ...values }: TransactionValues): string | undefined {
  const [quantity, price, fees] = [values.quantity.trim(), values.price.trim(), values.fees.trim()];
  if (type === "buy" || type === "sell") return tradeTotal({ type, quantity, price, fees });
  const paid = { amount: values.amount.trim(), tax: values.tax.trim() || "0", fees: fees || "0" };
  const areFigures = [paid.amount.replace(/^-/, ""), paid.tax, paid.fees].every(
    (figure) => checkDecimal(figure) === null,
  );
  return areFigures ? netDividend(paid) : undefined;
}
