import { ok, refuse, type Result } from "#domain/result.ts";
import { flowsOfRows, moneyWeightedReturn } from "#domain/returns/money-weighted-return.ts";
import { timeWeightedReturn, type ValuationRow } from "#domain/returns/time-weighted-return.ts";
import { dayIn, moneyIn, printed } from "./read-numbers.ts";
import type { VectorFile, VectorRecord } from "./read-vector.ts";

/** Returns the returns of the rows, under the keys of a vector's `expected`. */
export function evaluateDaily({ rows: records }: Pick<VectorFile, "rows">): Result<VectorRecord, string> {
  const rows: ValuationRow[] = [];
  for (const record of records) {
    const day = dayIn(record["date"]);
    const value = moneyIn(record["value"]);
    const inflow = moneyIn(record["inflow"] ?? "0");
    const outflow = moneyIn(record["outflow"] ?? "0");
    if (day === undefined || value === undefined || inflow === undefined || outflow === undefined) {
      return refuse("a row without date, value, inflow or outflow");
    }
    rows.push({ day, value, inflow, outflow });
  }
  return ok(dailyFigures(rows));
}

/** Returns the returns of the rows as vectors print them. */
export function dailyFigures(rows: readonly ValuationRow[]) {
  const { returns, total, annualized } = timeWeightedReturn(rows);
  const rate = moneyWeightedReturn(flowsOfRows(rows));
  return {
    returns: returns.map(printed),
    twr: printed(total),
    twr_annualized: printed(annualized),
    xirr: rate.ok ? printed(rate.value) : null,
  };
}
