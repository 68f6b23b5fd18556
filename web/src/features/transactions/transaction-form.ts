import type {
  Transaction,
  TransactionEdit,
  TransactionInput,
  TransactionType,
} from "#contracts/transactions.ts";

/** What the form holds, what is wrong with it in plain words, and the request it becomes. */
export interface TransactionValues {
  readonly type: TransactionType;
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fees: string;
  /** Local time as the browser's own control has it: 2026-01-05T15:30. */
  readonly tradedAt: string;
  readonly notes: string;
}

export const TRANSACTION_FIELDS = [
  "type",
  "symbol",
  "quantity",
  "price",
  "fees",
  "tradedAt",
  "notes",
] as const;

/** As in contracts/primitives.ts, repeated so that the schema library stays out of the page. */
const INTEGER_DIGITS = 20;
const FRACTION_DIGITS = 18;
const NOTES_LENGTH_MAX = 500;
const SYMBOL = /^[A-Za-z0-9^][A-Za-z0-9.=^-]{0,23}$/;

export const emptyTransaction = (nowMs: number): TransactionValues => ({
  type: "buy",
  symbol: "",
  quantity: "",
  price: "",
  fees: "",
  tradedAt: toLocalTime(new Date(nowMs)),
  notes: "",
});

export const valuesOf = (transaction: Transaction): TransactionValues => ({
  type: transaction.type,
  symbol: transaction.symbol,
  quantity: transaction.quantity,
  price: transaction.price,
  fees: /[1-9]/.test(transaction.fees) ? transaction.fees : "",
  tradedAt: toLocalTime(new Date(transaction.tradedAt)),
  notes: transaction.notes,
});

export function checkSymbol(symbol: string): string | null {
  const value = symbol.trim();
  if (value === "") return "Enter the symbol, such as AAPL or ACME.SIM.";
  if (value.length > 24) return "A symbol has at most 24 characters.";
  return SYMBOL.test(value) ? null : "Use letters, digits and . - = ^ only.";
}

export function checkQuantity(text: string): string | null {
  const value = text.trim();
  if (value === "") return "Enter how many were traded.";
  return checkDecimal(value) ?? (/[1-9]/.test(value) ? null : "The quantity must be above zero.");
}

export function checkPrice(text: string): string | null {
  const value = text.trim();
  return value === "" ? "Enter the price of one unit." : checkDecimal(value);
}

export const checkFees = (text: string): string | null =>
  text.trim() === "" ? null : checkDecimal(text.trim());

export function checkTradedAt(localTime: string): string | null {
  if (localTime === "") return "Enter when it was traded.";
  const year = new Date(localTime).getFullYear();
  if (Number.isNaN(year)) return "This is not a date and time.";
  return year >= 1900 && year < 2200 ? null : "The year must be between 1900 and 2199.";
}

export const checkNotes = (notes: string): string | null =>
  notes.length > NOTES_LENGTH_MAX ? `Use at most ${NOTES_LENGTH_MAX} characters.` : null;

/** A comma is refused instead of guessed at: "1,234" is one thing in New York and another in Berlin. */
function checkDecimal(value: string): string | null {
  if (value.startsWith("-")) return "Leave out the minus sign: the type already says which way it goes.";
  if (value.includes(",")) return "Use a point for decimals and no thousands separators, such as 1234.56.";
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(value);
  if (parts === null) return "This is not a number. Write it like 1234.56.";
  const [, whole = "", fraction = ""] = parts;
  if (whole.replace(/^0+/, "").length > INTEGER_DIGITS)
    return `At most ${INTEGER_DIGITS} digits before the point.`;
  return fraction.length > FRACTION_DIGITS ? `At most ${FRACTION_DIGITS} digits behind the point.` : null;
}

export const transactionChecks = {
  symbol: checkSymbol,
  quantity: checkQuantity,
  price: checkPrice,
  fees: checkFees,
  tradedAt: checkTradedAt,
  notes: checkNotes,
};

interface InputOptions {
  readonly id: string;
  readonly portfolioId: string;
  readonly currency?: string | undefined;
}

export function toInput(
  values: TransactionValues,
  { id, portfolioId, currency }: InputOptions,
): TransactionInput {
  const input: TransactionInput = {
    id,
    portfolioId,
    ...tradeOf(values, new Date(values.tradedAt).toISOString()),
  };
  return currency === undefined ? input : { ...input, currency };
}

/** The whole transaction as it should stand. A time that was not touched keeps its seconds, which the form hides. */
export function toEdit(values: TransactionValues, original: Transaction): TransactionEdit {
  const untouched = values.tradedAt === toLocalTime(new Date(original.tradedAt));
  const tradedAt = untouched ? original.tradedAt : new Date(values.tradedAt).toISOString();
  return { version: original.version, currency: original.currency, ...tradeOf(values, tradedAt) };
}

function tradeOf(values: TransactionValues, tradedAt: string) {
  const fees = values.fees.trim();
  return {
    type: values.type,
    symbol: values.symbol.trim().toUpperCase(),
    quantity: plain(values.quantity),
    price: plain(values.price),
    fees: fees === "" ? "0" : plain(fees),
    tradedAt,
    notes: values.notes.trim(),
  };
}

/** The wire refuses leading zeros; people type them. */
const plain = (text: string) => text.trim().replace(/^0+(?=\d)/, "");

export function toLocalTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
