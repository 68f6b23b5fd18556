import type { Harvest } from "#contracts/planning.ts";
import { negateDecimal, signOf } from "#web/components/decimal.ts";
import { Gain } from "#web/components/gain.tsx";
import { withoutTerm } from "../planned-sales.ts";
import classes from "./harvest.module.css";

/** What could be harvested, by term and currency: of all lots that the filter lets through. */
export function HarvestTotals({ totals, unpriced }: Pick<Harvest, "totals" | "unpriced">) {
  return (
    <>
      {totals.map((total) => (
        <Totals key={total.currency} total={total} />
      ))}
      {unpriced === 0 ? null : (
        <div className={classes["leftOut"]}>
          {unpriced === 1
            ? "1 position has no price: left out"
            : `${unpriced} positions have no price: left out`}
        </div>
      )}
    </>
  );
}

function Totals({ total }: { total: Harvest["totals"][number] }) {
  const { currency } = total;
  const pooled = withoutTerm(total);
  return (
    <dl className={classes["totals"]} aria-label={`Losses in ${currency}`}>
      <div data-whole>
        <dt>All losses, {currency}</dt>
        <dd>
          <Gain value={negateDecimal(total.total)} currency={currency} />
        </dd>
      </div>
      <div>
        <dt>Short term</dt>
        <dd>
          <Gain value={negateDecimal(total.shortTerm)} currency={currency} />
        </dd>
      </div>
      <div>
        <dt>Long term</dt>
        <dd>
          <Gain value={negateDecimal(total.longTerm)} currency={currency} />
        </dd>
      </div>
      {signOf(pooled) === 0 ? null : (
        <div>
          <dt>In pools, without a term</dt>
          <dd>
            <Gain value={negateDecimal(pooled)} currency={currency} />
          </dd>
        </div>
      )}
    </dl>
  );
}
