import type { HarvestFilter } from "./api/harvest-queries.ts";

/** The filter as it stands in the address; what is not a filter is left out. */
export function filterOf(query: URLSearchParams): HarvestFilter {
  const term = query.get("term");
  const minLoss = query.get("minLoss");
  return {
    ...(term === "short" || term === "long" ? { term } : {}),
    ...(minLoss !== null && checkLeastLoss(minLoss) === null ? { minLoss } : {}),
  };
}

/** What is wrong with a least loss, in plain words; null when nothing is. */
export function checkLeastLoss(text: string): string | null {
  if (text === "") return "Enter an amount.";
  if (text.includes(",")) return "Use a point for decimals and no thousands separators, such as 1234.56.";
  if (text.startsWith("-")) return "Leave out the minus sign: every amount here is a loss.";
  return /^(0|[1-9]\d{0,19})(\.\d{1,18})?$/.test(text)
    ? null
    : "This is not an amount. Write it like 1234.56.";
}
