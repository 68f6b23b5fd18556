import type { TypedField } from "#contracts/transaction-fields.ts";
import { contentOfTransfer, fieldsOf } from "#contracts/transaction-fields.ts";
import type {
  LotSelection,
  Transaction,
  TransactionEdit,
  TransactionInput,
} from "#contracts/transactions.ts";
import { toFraction } from "./cost-share.ts";
import { noonOf, toInstant, toLocalDate, toLocalTime } from "./local-time.ts";
import type { TransactionValues } from "./transaction-form.ts";

/** The request that the form's values become, and the one that records a transaction again as it was. */

export interface WireOptions {
  /** What the form shows; other fields are not sent, whatever they hold. */
  readonly shown: readonly TypedField[];
  /** Of the instrument, where none is chosen. Undefined leaves it to the server. */
  readonly currency: string | undefined;
}

export interface RecordOptions extends WireOptions {
  readonly id: string;
  readonly portfolioId: string;
  /** When the form was opened: its time, unless another one is entered. */
  readonly openedAt: Date;
}

export function toInput(
  values: TransactionValues,
  { id, portfolioId, openedAt, ...options }: RecordOptions,
): TransactionInput {
  const tradedAt = toInstant(instantOf(values.tradedAt, openedAt));
  return { id, portfolioId, ...contentOf(values, options), tradedAt };
}

/** The whole transaction as it should stand. */
export function toEdit(
  values: TransactionValues,
  original: Transaction,
  options: WireOptions,
): TransactionEdit {
  const tradedAt = toInstant(instantOf(values.tradedAt, new Date(original.tradedAt)));
  const edit = { version: original.version, ...contentOf(values, options), tradedAt };
  if (edit.acquiredAt === undefined || original.acquiredAt === undefined) return edit;
  const acquired = new Date(original.acquiredAt);
  return values.acquiredAt === toLocalDate(acquired) ? { ...edit, acquiredAt: toInstant(acquired) } : edit;
}

/** A time that was not touched keeps its seconds, which the form hides: they tell apart what happened within a minute. */
export const instantOf = (localTime: string, before: Date): Date =>
  localTime === toLocalTime(before) ? before : new Date(localTime);

type Content = Omit<TransactionInput, "id" | "portfolioId" | "tradedAt">;

function contentOf(values: TransactionValues, { shown, currency }: WireOptions): Content {
  const content: Record<string, unknown> = { type: values.type, notes: values.notes.trim() };
  for (const field of shown) {
    const value = field === "currency" ? values.currency || currency : wireValue(field, values);
    if (value !== undefined) content[field] = value;
  }
  return content as Content;
}

type PlainField = Exclude<TypedField, "currency">;

/** Undefined where nothing was typed. Shape: the values have passed their checks. */
function wireValue(
  field: PlainField,
  values: TransactionValues,
): string | readonly LotSelection[] | undefined {
  switch (field) {
    case "symbol":
    case "toSymbol":
      return values[field].trim().toUpperCase() || undefined;
    case "toPortfolioId":
      return values.toPortfolioId || undefined;
    case "ratio":
      return `${plain(values.ratioNew)}:${plain(values.ratioOld)}`;
    case "costShare":
      return toFraction(values.costShare, values.costShareUnit);
    case "acquiredAt":
      return values.acquiredAt === "" ? undefined : toInstant(acquiredAt(values));
    case "lots":
      return namedLots(values);
    case "fees":
    case "tax":
      return plain(values[field]) || "0";
    default:
      return plain(values[field]) || undefined;
  }
}

/** What arrives in the morning of the day it was bought was bought before: not at noon. */
function acquiredAt(values: TransactionValues): Date {
  const [noon, arrived] = [noonOf(values.acquiredAt), new Date(values.tradedAt)];
  return noon > arrived ? arrived : noon;
}

/** The lots that are sent, in the order in which they are sent. None: the lot method decides. */
export const namedLots = (values: TransactionValues): LotSelection[] | undefined =>
  values.lots.length === 0
    ? undefined
    : values.lots.map(({ lotId, quantity }) => ({ lotId, quantity: plain(quantity) }));

/** The wire refuses leading zeros; people type them. */
export const plain = (text: string): string => text.trim().replace(/^(-?)0+(?=\d)/, "$1");

/** The request that records what a deleted transaction said, at the exact same instant. */
export function toRestored(transaction: Transaction, id: string): TransactionInput {
  const { portfolioId, type, notes } = transaction;
  const { required, optional } = fieldsOf(type, contentOfTransfer(transaction));
  const restored: Record<string, unknown> = { id, portfolioId, type, notes };
  for (const field of [...required, ...optional]) {
    const value = transaction[field];
    if (value === undefined) continue;
    restored[field] = field === "acquiredAt" ? toInstant(new Date(value as string)) : value;
  }
  return { ...(restored as Content), id, portfolioId, tradedAt: toInstant(new Date(transaction.tradedAt)) };
}
