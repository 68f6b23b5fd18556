import type { TransactionEdit } from "#contracts/transactions.ts";
import { formatPrice, formatQuantity, price, quantity } from "#domain/amounts.ts";

/** A trade in the one form that is stored and compared. */
export interface CanonicalTrade {
  readonly type: "buy" | "sell";
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fees: string;
  /** Null: to be that of the portfolio, or of the version before. */
  readonly currency: string | null;
  readonly tradedAt: string;
  readonly tradeDate: string;
  readonly notes: string;
}

/** Simulated instruments trade in this currency, whatever the portfolio's is. */
export const SIMULATED_CURRENCY = "USD";
const SIMULATED_SUFFIX = ".SIM";

export function isSimulated(symbol: string): boolean {
  return symbol.endsWith(SIMULATED_SUFFIX);
}

/**
 * Brings a trade from the wire into canonical form: symbol in upper case, decimals without needless zeros, the instant in
 * UTC, and beside it the civil date where the trade was made, read from the offset that was sent.
 * Shape: `trade` has passed its schema; anything else is a bug and throws.
 */
export function canonicalTrade(trade: Omit<TransactionEdit, "version">): CanonicalTrade {
  const symbol = trade.symbol.toUpperCase();
  return {
    type: trade.type,
    symbol,
    quantity: formatQuantity(quantity(trade.quantity)),
    price: formatPrice(price(trade.price)),
    fees: formatPrice(price(trade.fees ?? "0")),
    currency: trade.currency ?? (isSimulated(symbol) ? SIMULATED_CURRENCY : null),
    tradedAt: new Date(trade.tradedAt).toISOString(),
    tradeDate: trade.tradedAt.slice(0, "YYYY-MM-DD".length),
    notes: trade.notes ?? "",
  };
}
