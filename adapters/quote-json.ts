import type { Quote } from "./ports.ts";

/** The text of a quote as the cache keeps it. */
export function quoteToJson(quote: Quote): string {
  return JSON.stringify(quote);
}

/** The quote a text holds, or undefined when it holds anything else: another program may write to the same Redis. */
export function quoteFromJson(text: string): Quote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { symbol, currency, price, previousClose, asOf, source } = value as Record<string, unknown>;
  if (typeof symbol !== "string" || typeof currency !== "string" || typeof source !== "string")
    return undefined;
  if (typeof asOf !== "string" || Number.isNaN(Date.parse(asOf))) return undefined;
  if (!isDecimal(price) || (previousClose !== undefined && !isDecimal(previousClose))) return undefined;
  return { symbol, currency, price, ...(previousClose === undefined ? {} : { previousClose }), asOf, source };
}

const isDecimal = (value: unknown): value is string =>
  typeof value === "string" && /^-?\d{1,40}(\.\d{1,40})?$/.test(value);
