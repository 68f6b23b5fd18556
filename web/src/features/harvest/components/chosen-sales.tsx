import { Button } from "@mantine/core";
import { negateDecimal } from "#web/components/decimal.ts";
import { Quantity } from "#web/components/figure.tsx";
import { Gain } from "#web/components/gain.tsx";
import type { PlannedSale } from "../planned-sales.ts";
import classes from "./harvest.module.css";

interface ChosenSalesProps {
  readonly sales: readonly PlannedSale[];
  readonly onSell: (sale: PlannedSale) => void;
}

/** What selling the chosen lots comes to: one sale for each symbol, ready to be recorded. */
export function ChosenSales({ sales, onSell }: ChosenSalesProps) {
  if (sales.length === 0) return null;
  return (
    <section className={classes["sales"]} aria-label="Chosen lots">
      {sales.map((sale) => (
        <div key={sale.symbol} className={classes["sale"]} role="status">
          <span>
            <strong>{sale.symbol}</strong> · {sale.lots.length === 1 ? "1 lot" : `${sale.lots.length} lots`} ·{" "}
            <Quantity value={sale.quantity} /> ·{" "}
            <Gain value={negateDecimal(sale.loss)} currency={sale.currency} symbol />
          </span>
          <Button size="xs" onClick={() => onSell(sale)}>
            {sale.type === "buy" ? "Cover" : "Sell"} {sale.lots.length === 1 ? "this lot" : "these lots"}
          </Button>
        </div>
      ))}
    </section>
  );
}
