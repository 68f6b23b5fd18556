/*
 * Which fields a transaction of each type has. One shape carries all types on the wire; this table says what of it
 * applies, to the API that checks a request and to the form that asks for it.
 */

/** Every type of transaction. Source: docs/accounting, "Types". */
export const TRANSACTION_TYPES = [
  "buy",
  "sell",
  "dividend",
  "interest",
  "fee",
  "tax",
  "deposit",
  "withdrawal",
  "split",
  "transfer",
  "transfer-in",
  "transfer-out",
  "return-of-capital",
  "spin-off",
  "merger",
  "symbol-change",
] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/** The fields that depend on the type; every transaction also has `tradedAt` and may have `notes`. */
export const TYPED_FIELDS = [
  "symbol",
  "quantity",
  "price",
  "amount",
  "fees",
  "tax",
  "currency",
  "exchangeRate",
  "lots",
  "ratio",
  "toPortfolioId",
  "toSymbol",
  "costBasis",
  "acquiredAt",
  "costShare",
  "cashPerShare",
] as const;
export type TypedField = (typeof TYPED_FIELDS)[number];

/** What one type asks for. A field that is in neither list is refused. */
export interface FieldsOfType {
  readonly required: readonly TypedField[];
  readonly optional: readonly TypedField[];
  /** The amount may be below zero: interest paid, a fee refunded, a dividend paid in lieu on a short. */
  readonly signedAmount?: true;
}

/** A transfer moves lots of an instrument, or money. */
export type TransferContent = "lots" | "cash";

const TRADE: FieldsOfType = {
  required: ["symbol", "quantity", "price"],
  optional: ["fees", "currency", "exchangeRate", "lots"],
};
const CASH_ENTRY: FieldsOfType = { required: ["amount"], optional: ["currency"], signedAmount: true };
const EXTERNAL_CASH: FieldsOfType = { required: ["amount"], optional: ["currency"] };

const FIELDS: Readonly<Record<Exclude<TransactionType, "transfer">, FieldsOfType>> = {
  buy: TRADE,
  sell: TRADE,
  dividend: { required: ["symbol", "amount"], optional: ["tax", "fees", "currency"], signedAmount: true },
  interest: CASH_ENTRY,
  fee: CASH_ENTRY,
  tax: CASH_ENTRY,
  deposit: EXTERNAL_CASH,
  withdrawal: EXTERNAL_CASH,
  split: { required: ["symbol", "ratio"], optional: [] },
  "transfer-in": {
    required: ["symbol", "quantity", "costBasis"],
    optional: ["acquiredAt", "currency", "exchangeRate"],
  },
  "transfer-out": { required: ["symbol", "quantity"], optional: ["lots"] },
  "return-of-capital": { required: ["symbol", "amount"], optional: ["currency", "exchangeRate"] },
  "spin-off": { required: ["symbol", "toSymbol", "ratio", "costShare"], optional: [] },
  merger: {
    required: ["symbol", "toSymbol", "ratio"],
    optional: ["cashPerShare", "costShare", "currency", "exchangeRate"],
  },
  "symbol-change": { required: ["symbol", "toSymbol"], optional: [] },
};

const TRANSFER: Readonly<Record<TransferContent, FieldsOfType>> = {
  lots: {
    required: ["symbol", "quantity", "toPortfolioId"],
    optional: ["fees", "currency", "exchangeRate", "lots"],
  },
  cash: { required: ["amount", "toPortfolioId"], optional: ["currency"] },
};

/** Returns what the type asks for; a transfer is one of lots unless it says otherwise. */
export function fieldsOf(type: TransactionType, content: TransferContent = "lots"): FieldsOfType {
  return type === "transfer" ? TRANSFER[content] : FIELDS[type];
}

/** Returns what a transfer moves: money when it has an amount and names no instrument. */
export function contentOfTransfer(transfer: {
  readonly symbol?: string | undefined;
  readonly amount?: string | undefined;
}): TransferContent {
  return transfer.symbol === undefined && transfer.amount !== undefined ? "cash" : "lots";
}
