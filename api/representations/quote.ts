import type { Quote } from "#adapters/ports.ts";
import { isStale } from "#adapters/quotes/look-up.ts";
import type { StockQuote } from "#contracts/quotes.ts";
import { formatPrice, multiply, percentage, price, quantity, subtract } from "#domain/amounts.ts";
import { roundDecimal } from "#domain/decimal.ts";

const PERCENT_DECIMALS = 4;
const ONE = quantity("1");

export function toStockQuote(quote: Quote, nowMs: number): StockQuote {
  const now = price(quote.price);
  const before = quote.previousClose === undefined ? undefined : price(quote.previousClose);
  const percent =
    before === undefined
      ? undefined
      : percentage(multiply(ONE, subtract(now, before)), multiply(ONE, before));
  return {
    symbol: quote.symbol,
    currency: quote.currency,
    price: quote.price,
    previousClose: quote.previousClose ?? null,
    change: before === undefined ? null : formatPrice(subtract(now, before)),
    changePercent: percent === undefined ? null : roundDecimal(percent, PERCENT_DECIMALS),
    asOf: quote.asOf,
    stale: isStale(quote, nowMs),
    source: quote.source,
  };
}
