import type { Money } from "#domain/amounts.ts";
import { ok, refuse, type Result } from "#domain/result.ts";
import { concentrationOf } from "#domain/risk/concentration.ts";
import { moneyIn, printed } from "./read-numbers.ts";
import type { VectorFile, VectorRecord } from "./read-vector.ts";

/** Returns the concentration of the holdings, under the keys of a vector's `expected`. */
export function evaluateHhi({ input }: Pick<VectorFile, "input">): Result<VectorRecord, string> {
  const records: unknown = input["holdings"];
  if (!Array.isArray(records)) return refuse("holdings is not a list");
  const holdings: { group: string; value: Money }[] = [];
  for (const record of records as VectorRecord[]) {
    const group = record["group"] ?? record["instrument"];
    const value = moneyIn(record["value"]);
    if (typeof group !== "string" || value === undefined)
      return refuse("a holding without instrument or value");
    holdings.push({ group, value });
  }
  const { index, effectiveNumber, weights } = concentrationOf(holdings);
  return ok({
    hhi: printed(index),
    effective_number: printed(effectiveNumber),
    weights: Object.fromEntries([...weights].map(([group, weight]) => [group, printed(weight)])),
  });
}
