import { Anchor, Button, Checkbox } from "@mantine/core";
import { Link } from "react-router";
import { negateDecimal } from "#web/components/decimal.ts";
import { Money, Quantity } from "#web/components/figure.tsx";
import { Gain } from "#web/components/gain.tsx";
import { lotKey } from "../planned-sales.ts";
import type { HarvestRowsProps } from "./harvest-table.tsx";
import classes from "./harvest.module.css";
import { LotName, LotTerm, nameOfLot, quantityOf, storyAddress, verbOf } from "./losing-lot.tsx";

/** The losing lots on a phone. */
export function HarvestCards({ portfolioId, items, chosen, onChoose, onSell }: HarvestRowsProps) {
  return (
    <ul className={classes["cards"]} aria-label="Open lots at a loss">
      {items.map((item) => {
        const { lot, currency } = item;
        const key = lotKey(item);
        return (
          <li key={key} className={classes["card"]} data-lot={lot.id}>
            <Checkbox
              size="sm"
              aria-label={`Choose ${nameOfLot(item)}`}
              checked={chosen.has(key)}
              onChange={(event) => onChoose(key, event.currentTarget.checked)}
            />
            <div className={classes["cardBody"]}>
              <div className={classes["cardLine"]}>
                <Anchor
                  component={Link}
                  to={storyAddress(portfolioId, lot)}
                  c="inherit"
                  underline="always"
                  size="sm"
                  className={classes["symbol"] ?? ""}
                >
                  {lot.symbol}
                </Anchor>
                <span className={classes["strong"]}>
                  <Gain value={negateDecimal(item.loss)} currency={currency} symbol />
                </span>
              </div>
              <div className={classes["cardLine"]}>
                <span>
                  <LotName lot={lot} />
                </span>
                <span className={classes["second"]}>
                  <Quantity value={quantityOf(lot)} /> for <Money value={lot.costBasis} currency={currency} />
                </span>
              </div>
              <div className={classes["cardLine"]}>
                <LotTerm item={item} />
                <Button
                  size="compact-xs"
                  variant="default"
                  ml="auto"
                  aria-label={`${verbOf(lot)} ${nameOfLot(item)}`}
                  onClick={() => onSell(key)}
                >
                  {verbOf(lot)}
                </Button>
              </div>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
