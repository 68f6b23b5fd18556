import { ok, refuse, type Result } from "#domain/result.ts";
import { type CashFlow, moneyWeightedReturn } from "#domain/returns/money-weighted-return.ts";
import { dayIn, moneyIn, printed } from "./read-numbers.ts";
import type { VectorFile, VectorRecord } from "./read-vector.ts";

/** Returns the money-weighted return of the flows, under the keys of a vector's `expected`. */
export function evaluateXirr({ flows: records }: Pick<VectorFile, "flows">): Result<VectorRecord, string> {
  const flows: CashFlow[] = [];
  for (const record of records) {
    const day = dayIn(record["date"]);
    const amount = moneyIn(record["amount"]);
    if (day === undefined || amount === undefined) return refuse("a flow without date or amount");
    flows.push({ day, amount });
  }
  const rate = moneyWeightedReturn(flows);
  if (!rate.ok) return ok({ xirr: null, status: rate.error.replaceAll("-", "_") });
  return ok({ xirr: printed(rate.value), status: "ok" });
}
