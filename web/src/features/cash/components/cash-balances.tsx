import type { CashBalances as Balances } from "#contracts/cash.ts";
import { Money } from "#web/components/figure.tsx";
import classes from "./cash.module.css";

/** The money of a portfolio, currency by currency. Nothing is added up across them. */
export function CashBalances({ items }: { items: Balances["items"] }) {
  return (
    <dl className={classes["balances"]} aria-label="Cash by currency">
      {items.map(({ currency, balance }) => (
        <div key={currency} className={classes["balance"]} data-currency={currency}>
          <dt>{currency}</dt>
          <dd>
            <Money value={balance} currency={currency} symbol />
          </dd>
        </div>
      ))}
    </dl>
  );
}
