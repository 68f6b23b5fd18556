import { formatDecimal, parseDecimal } from "#domain/decimal.ts";

/** Decimal strings compared and added exactly, for sorting and for the few sums that only the screen needs. */

/** The most digits that a trade may carry behind the point. */
const SCALE = 18;
/** Computed figures may carry more; comparing and adding them must not stumble over one digit too many. */
const COMPUTED_SCALE = 40;

const toUnits = (value: string): bigint => parseDecimal(value, COMPUTED_SCALE) ?? 0n;

export type Sign = -1 | 0 | 1;

/** Read off the text: no figure is too long or too small for it. */
export function signOf(value: string): Sign {
  if (!/[1-9]/.test(value)) return 0;
  return value.startsWith("-") ? -1 : 1;
}

export function compareDecimals(a: string, b: string): Sign {
  if (a === b) return 0;
  const left = toUnits(a);
  const right = toUnits(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The same figure on the other side of zero. */
export const negateDecimal = (value: string): string =>
  signOf(value) === 0 ? value : value.startsWith("-") ? value.slice(1) : `-${value}`;

/** How many are held: what is owed on the short side counts below zero, however it was written. */
export const quantityOfSide = (side: "long" | "short", quantity: string): string =>
  side === "short" && signOf(quantity) > 0 ? negateDecimal(quantity) : quantity;

export const sumDecimals = (values: readonly string[]): string =>
  formatDecimal(
    values.reduce((sum, value) => sum + toUnits(value), 0n),
    COMPUTED_SCALE,
  );

/** Quantity times price, plus (buy) or minus (sell) the fees. Undefined while a figure is not a decimal yet. */
export function tradeTotal(trade: {
  type: "buy" | "sell";
  quantity: string;
  price: string;
  fees: string;
}): string | undefined {
  const quantity = parseDecimal(trade.quantity, SCALE);
  const price = parseDecimal(trade.price, SCALE);
  const fees = trade.fees === "" ? 0n : parseDecimal(trade.fees, SCALE);
  if (quantity === undefined || price === undefined || fees === undefined) return undefined;
  // The product has both scales; the fees are brought to it, and nothing is rounded.
  const feesAtProductScale = fees * 10n ** BigInt(SCALE);
  const gross = quantity * price;
  return formatDecimal(
    trade.type === "buy" ? gross + feesAtProductScale : gross - feesAtProductScale,
    SCALE * 2,
  );
}
