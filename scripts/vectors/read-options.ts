import { price, type Price } from "#domain/amounts.ts";
import type { LedgerRules } from "#domain/holding.ts";
import { LOT_METHODS, type LotMethod } from "#domain/lot-order.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import type { RateOn } from "./read-transactions.ts";
import type { VectorRecord } from "./read-vector.ts";

/** The options of a run. */
export interface VectorOptions {
  readonly rules: LedgerRules;
  /** Rates to the base currency; of the base currency itself none is ever asked for. */
  readonly rateOn: RateOn;
}

/** Returns the options, or which of them is not supported. */
export function readOptions(options: VectorRecord): Result<VectorOptions, string> {
  const {
    method,
    allow_short: allowShort = false,
    base_currency: baseCurrency,
    fx = {},
    ...others
  } = options;
  const [otherOption] = Object.keys(others);
  if (otherOption !== undefined) return refuse(`option ${otherOption}`);
  if (!isLotMethod(method)) return refuse(`method ${String(method)}`);
  if (typeof allowShort !== "boolean") return refuse("option allow_short is not true or false");
  if (baseCurrency !== undefined && typeof baseCurrency !== "string") return refuse("option base_currency");
  return ok({ rules: { method, allowShort, baseCurrency }, rateOn: rateTable(fx as RateTable) });
}

/** Rate by currency and date. */
export type RateTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Returns a table that answers with the rate of the last date up to the one asked for. */
export function rateTable(table: RateTable): RateOn {
  return (currency, date) => lastUpTo(table[currency], date);
}

/** Returns the price of the last date up to this one, or undefined when there is none. */
export function lastUpTo(
  prices: Readonly<Record<string, string>> | undefined,
  date: string,
): Price | undefined {
  if (prices === undefined) return undefined;
  const last = Object.keys(prices)
    .filter((each) => each <= date)
    .toSorted()
    .at(-1);
  return last === undefined ? undefined : price(prices[last] ?? "");
}

function isLotMethod(method: unknown): method is LotMethod {
  return LOT_METHODS.some((known) => known === method);
}
