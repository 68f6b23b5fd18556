import type { UseQueryResult } from "@tanstack/react-query";
import type { StockQuote } from "#contracts/quotes.ts";
import { Age } from "#web/components/age.tsx";
import { Price } from "#web/components/figure.tsx";
import classes from "./fields.module.css";

interface QuoteHintProps {
  readonly symbol: string;
  readonly quote: UseQueryResult<StockQuote | null>;
}

/** What is known of the symbol. An unknown one may still be recorded: a private company has no quote either. */
export function QuoteHint({ symbol, quote }: QuoteHintProps) {
  return (
    <div className={classes["hint"]} aria-live="polite">
      {symbol === "" ? null : <QuoteText symbol={symbol} quote={quote} />}
    </div>
  );
}

function QuoteText({ symbol, quote }: QuoteHintProps) {
  if (quote.isError)
    return <span>The live price cannot be read right now. You can record the trade all the same.</span>;
  if (quote.isPending) return <span>Looking up {symbol}…</span>;
  if (quote.data === null) {
    return (
      <span className={classes["warning"]}>
        No source knows a price for {symbol}. You can record it; its value will stay unknown.
      </span>
    );
  }
  const { price, currency, asOf, stale } = quote.data;
  return (
    <>
      <span>Live price</span>
      {/* Ticks would be read out one after another. */}
      <span aria-live="off">
        <Price value={price} currency={currency} /> {currency}
      </span>
      <span aria-live="off">
        <Age at={asOf} stale={stale} />
      </span>
    </>
  );
}
