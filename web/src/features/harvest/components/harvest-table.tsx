import { Anchor, Button, Checkbox, ScrollArea, Table, VisuallyHidden } from "@mantine/core";
import { Link } from "react-router";
import { Age } from "#web/components/age.tsx";
import { negateDecimal } from "#web/components/decimal.ts";
import { Money, Price, Quantity } from "#web/components/figure.tsx";
import { Gain } from "#web/components/gain.tsx";
import { lotKey, type HarvestItem } from "../planned-sales.ts";
import classes from "./harvest.module.css";
import { LotName, LotTerm, nameOfLot, quantityOf, storyAddress, verbOf } from "./losing-lot.tsx";

export interface HarvestRowsProps {
  readonly portfolioId: string;
  readonly items: readonly HarvestItem[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (key: string, chosen: boolean) => void;
  readonly onSell: (key: string) => void;
}

/** The losing lots, largest loss first. */
export function HarvestTable(props: HarvestRowsProps) {
  const { items } = props;
  // One currency is said once, in the headings; several are said row by row.
  const currencies = new Set(items.map(({ currency }) => currency));
  const currency = currencies.size === 1 ? items[0]?.currency : undefined;
  return (
    <ScrollArea.Autosize type="auto">
      <Table className={classes["table"] ?? ""} horizontalSpacing="md" aria-label="Open lots at a loss">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              <VisuallyHidden>Choose</VisuallyHidden>
            </Table.Th>
            <Table.Th>Symbol</Table.Th>
            <Table.Th>Lot</Table.Th>
            <Table.Th>Quantity</Table.Th>
            <Table.Th>Price {currency}</Table.Th>
            <Table.Th>Cost {currency}</Table.Th>
            <Table.Th>Market value {currency}</Table.Th>
            <Table.Th>Loss {currency}</Table.Th>
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((item) => (
            <Row key={lotKey(item)} item={item} withCurrency={currency === undefined} {...props} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

type RowProps = HarvestRowsProps & { readonly item: HarvestItem; readonly withCurrency: boolean };

function Row({ item, withCurrency, portfolioId, chosen, onChoose, onSell }: RowProps) {
  const { lot, currency } = item;
  const key = lotKey(item);
  const isChosen = chosen.has(key);
  return (
    <Table.Tr data-lot={lot.id} data-chosen={isChosen || undefined}>
      <Table.Td>
        <Checkbox
          size="xs"
          mt={2}
          aria-label={`Choose ${nameOfLot(item)}`}
          checked={isChosen}
          onChange={(event) => onChoose(key, event.currentTarget.checked)}
        />
      </Table.Td>
      <Table.Td>
        <Anchor
          component={Link}
          to={storyAddress(portfolioId, lot)}
          c="inherit"
          size="sm"
          className={classes["symbol"] ?? ""}
        >
          {lot.symbol}
        </Anchor>
        {withCurrency ? <div className={classes["second"]}>{currency}</div> : null}
      </Table.Td>
      <Table.Td>
        <LotName lot={lot} />
        <LotTerm item={item} />
      </Table.Td>
      <Table.Td>
        <Quantity value={quantityOf(lot)} />
      </Table.Td>
      <Table.Td>
        <Price value={item.price} currency={currency} />
        <div className={classes["second"]}>
          <Age at={item.priceAsOf} stale={item.stale} />
        </div>
      </Table.Td>
      <Table.Td>
        <Money value={lot.costBasis} currency={currency} />
      </Table.Td>
      <Table.Td>
        <Money value={item.marketValue} currency={currency} />
      </Table.Td>
      <Table.Td className={classes["strong"] ?? ""}>
        <Gain value={negateDecimal(item.loss)} currency={currency} />
      </Table.Td>
      <Table.Td>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${verbOf(lot)} ${nameOfLot(item)}`}
          onClick={() => onSell(key)}
        >
          {verbOf(lot)}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
