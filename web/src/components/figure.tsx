import { Tooltip } from "@mantine/core";
import { Fragment } from "react";
import {
  formatMoney,
  formatPrice,
  formatQuantity,
  formatShare,
  formatUnitCost,
  splitAtThousands,
} from "./format.ts";
import classes from "./numbers.module.css";

/** Why a figure that needs a price is missing. */
export const NO_PRICE = "No source knows a price for this symbol, so what needs one cannot be worked out.";

interface ExactProps {
  /** The exact decimal: shown in the title, and what is copied when only this figure is selected. */
  readonly value: string;
  readonly unit?: string | undefined;
  /** The figure as the reader sees it. */
  readonly children: string;
}

/** Longer figures than this may go on in a second line, where a column is too narrow for them. */
const ONE_LINE_LENGTH_MAX = 16;

/** A figure on the screen with its exact value behind it. `copy-exact.ts` reads the value attribute. */
export function Exact({ value, unit, children }: ExactProps) {
  const title = unit === undefined ? value : `${value} ${unit}`;
  const long = children.length > ONE_LINE_LENGTH_MAX;
  return (
    <data value={value} title={title} className={classes["number"]} data-long={long || undefined}>
      {long ? <Breakable text={children} /> : children}
    </data>
  );
}

/** Breaks between thousands only, so that no group of digits is torn apart. */
function Breakable({ text }: { text: string }) {
  return splitAtThousands(text).map((group, index) => (
    <Fragment key={index}>
      {index === 0 ? null : <wbr />}
      {group}
    </Fragment>
  ));
}

export function Missing({ reason = NO_PRICE }: { reason?: string | undefined }) {
  return (
    <Tooltip label={reason} events={{ hover: true, focus: false, touch: true }}>
      <span className={classes["missing"]} role="note" aria-label={`Not known. ${reason}`}>
        –
      </span>
    </Tooltip>
  );
}

interface FigureProps {
  readonly value: string | null;
  readonly missing?: string | undefined;
}

interface AmountProps extends FigureProps {
  readonly currency: string;
  readonly symbol?: boolean;
}

interface MoneyProps extends AmountProps {
  /** With a plus sign on what came in. */
  readonly signed?: boolean;
}

export function Money({ value, currency, symbol = false, signed = false, missing }: MoneyProps) {
  if (value === null) return <Missing reason={missing} />;
  return (
    <Exact value={value} unit={currency}>
      {formatMoney(value, currency, { symbol, signed })}
    </Exact>
  );
}

export function Price({ value, currency, missing }: AmountProps) {
  if (value === null) return <Missing reason={missing} />;
  return (
    <Exact value={value} unit={currency}>
      {formatPrice(value, currency)}
    </Exact>
  );
}

export function UnitCost({ value, currency, missing }: AmountProps) {
  if (value === null) return <Missing reason={missing} />;
  return (
    <Exact value={value} unit={currency}>
      {formatUnitCost(value, currency)}
    </Exact>
  );
}

export function Quantity({ value }: { value: string }) {
  return <Exact value={value}>{formatQuantity(value)}</Exact>;
}

export function Share({ value, missing }: FigureProps) {
  if (value === null) return <Missing reason={missing} />;
  return <Exact value={value}>{formatShare(value)}</Exact>;
}
