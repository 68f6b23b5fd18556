import type { TransactionContent } from "#adapters/postgres/transaction-content.ts";
import type { TransactionEdit } from "#contracts/transactions.ts";
import { formatMoney, formatPrice, formatQuantity, money, price, quantity } from "#domain/amounts.ts";

/** A transaction in the one form that is stored and compared; instruments by symbol, in upper case. */
export interface CanonicalTransaction extends TransactionContent {
  readonly symbol: string | null;
  readonly to_symbol: string | null;
}

/** Simulated instruments trade in this currency, whatever the portfolio's is. */
export const SIMULATED_CURRENCY = "USD";
const SIMULATED_SUFFIX = ".SIM";

export function isSimulated(symbol: string): boolean {
  return symbol.endsWith(SIMULATED_SUFFIX);
}

/** Whether nothing is paid, so that the only currency is that of the instrument itself. As entry_currency (migrations/0007). */
export function movesNoMoney(transaction: Omit<CanonicalTransaction, "currency">): boolean {
  switch (transaction.type) {
    case "split":
    case "transfer-out":
    case "spin-off":
    case "symbol-change":
      return true;
    case "transfer":
      return transaction.symbol !== null;
    case "merger":
      return transaction.cash_per_share === null;
    default:
      return false;
  }
}

/**
 * Brings a transaction from the wire into canonical form: symbols in upper case, decimals without needless zeros, instants
 * in UTC, and beside them the civil dates where they happened, read from the offsets that were sent.
 * Shape: `input` has passed its schema and the check of its type's fields; anything else is a bug and throws.
 */
export function canonicalTransaction(input: Omit<TransactionEdit, "version">): CanonicalTransaction {
  const symbol = input.symbol?.toUpperCase() ?? null;
  const [ratioNew, ratioOld] = input.ratio?.split(":") ?? [];
  const { type, acquiredAt } = input;
  const content = {
    type,
    symbol,
    to_symbol: input.toSymbol?.toUpperCase() ?? null,
    quantity: decimal(input.quantity),
    price: optional(input.price, (text) => formatPrice(price(text))),
    amount: optional(input.amount, (text) => formatMoney(money(text))),
    fees: decimal(input.fees) ?? "0",
    tax: decimal(input.tax) ?? "0",
    exchange_rate: optional(input.exchangeRate, (text) => formatPrice(price(text))),
    lots: lotsOf(input.lots),
    ratio_new: decimal(ratioNew),
    ratio_old: decimal(ratioOld),
    to_portfolio_id: input.toPortfolioId?.toLowerCase() ?? null,
    cost_basis: optional(input.costBasis, (text) => formatMoney(money(text))),
    acquired_at: optional(acquiredAt, inUtc),
    acquired_date: optional(acquiredAt, civilDate),
    cost_share: decimal(input.costShare),
    cash_per_share: optional(input.cashPerShare, (text) => formatPrice(price(text))),
    traded_at: inUtc(input.tradedAt),
    trade_date: civilDate(input.tradedAt),
    notes: input.notes ?? "",
  };
  const simulated = symbol !== null && isSimulated(symbol) && !movesNoMoney(content);
  return { ...content, currency: input.currency ?? (simulated ? SIMULATED_CURRENCY : null) };
}

function lotsOf(lots: TransactionEdit["lots"]): TransactionContent["lots"] {
  if (lots === undefined || lots.length === 0) return null;
  return lots.map((lot) => ({
    lotId: lot.lotId.toLowerCase(),
    quantity: formatQuantity(quantity(lot.quantity)),
  }));
}

function optional(text: string | undefined, read: (text: string) => string): string | null {
  return text === undefined ? null : read(text);
}

function decimal(text: string | undefined): string | null {
  return optional(text, (given) => formatQuantity(quantity(given)));
}

function inUtc(instant: string): string {
  return new Date(instant).toISOString();
}

function civilDate(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}
