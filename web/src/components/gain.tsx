import { signOf } from "./decimal.ts";
import { Exact, Missing } from "./figure.tsx";
import { formatMoney, formatPercent } from "./format.ts";
import classes from "./numbers.module.css";

interface GainProps {
  readonly value: string | null;
  readonly currency: string;
  readonly symbol?: boolean;
  readonly arrow?: boolean;
  readonly missing?: string | undefined;
}

/** A gain or loss: sign, arrow and colour say the same thing, so none of them is needed to read it. */
export function Gain({ value, currency, symbol = false, arrow = true, missing }: GainProps) {
  if (value === null) return <Missing reason={missing} />;
  return (
    <span className={gainClass(value)}>
      {arrow ? <Arrow value={value} /> : null}
      <Exact value={value} unit={currency}>
        {formatMoney(value, currency, { signed: true, symbol })}
      </Exact>
    </span>
  );
}

export function GainPercent({ value, arrow = false }: { value: string | null; arrow?: boolean }) {
  if (value === null) return null;
  return (
    <span className={gainClass(value)}>
      {arrow ? <Arrow value={value} /> : null}
      <Exact value={`${value}%`}>{formatPercent(value, true)}</Exact>
    </span>
  );
}

function gainClass(value: string): string {
  const sign = signOf(value);
  const tone = sign === 0 ? "" : sign > 0 ? classes["gain"] : classes["loss"];
  return `${classes["number"]} ${tone}`;
}

function Arrow({ value }: { value: string }) {
  const sign = signOf(value);
  if (sign === 0) return null;
  return (
    <svg viewBox="0 0 10 10" className={classes["arrow"]} aria-hidden="true" focusable="false">
      <path d={sign > 0 ? "M5 1 9.5 9h-9z" : "M5 9 .5 1h9z"} fill="currentColor" />
    </svg>
  );
}
