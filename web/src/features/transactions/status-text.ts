import { fieldsOf, contentOfTransfer, type TypedField } from "#contracts/transaction-fields.ts";
import type { Transaction, TransactionReason } from "#contracts/transactions.ts";

/** Why a transaction does not count, what to do about it, and which field to mend. */

export type Outcome = Pick<Transaction, "type" | "status" | "reason">;
type Judged = Pick<Transaction, "type" | "reason" | "symbol" | "amount">;

interface ReasonWords {
  /** After "Rejected:" or "Needs attention:". */
  readonly text: string;
  readonly advice: string;
  /** Where in the form; the first of these that the type has. */
  readonly fields: readonly TypedField[];
}

const PAUSED_ADVICE =
  "Edit or delete it, and calculation goes on at once. Until then nothing recorded after it is counted.";

const REASONS: Readonly<Record<TransactionReason, ReasonWords>> = {
  "invalid-quantity": {
    text: "the quantity is not above zero",
    advice: "Enter a quantity above zero.",
    fields: ["quantity"],
  },
  "invalid-price": {
    text: "the price is below zero",
    advice: "Enter a price of zero or above.",
    fields: ["price", "cashPerShare"],
  },
  "invalid-fees": {
    text: "the fees are below zero",
    advice: "Enter fees of zero or above.",
    fields: ["fees"],
  },
  "invalid-amount": {
    text: "the amount is not one that this type can have",
    advice: "Enter an amount above zero.",
    fields: ["amount", "costBasis"],
  },
  "invalid-ratio": {
    text: "the ratio, or the share of the cost, is not possible",
    advice: "Enter a ratio above zero and a share between 0 and 100 per cent.",
    fields: ["ratio", "costShare"],
  },
  "currency-mismatch": {
    text: "another currency than the lots of this symbol",
    advice: "Record it in the currency in which this symbol was first recorded, or correct the symbol.",
    fields: ["currency", "toSymbol", "symbol"],
  },
  "insufficient-quantity": {
    text: "more than was held at that time",
    advice: "Correct the quantity or the date, or record the purchase that is missing.",
    fields: ["quantity", "symbol"],
  },
  "lot-selection-not-allowed": {
    text: "it names lots, but this portfolio keeps one pool at average cost",
    advice: "Save it without named lots, or choose another lot method in the portfolio's settings.",
    fields: ["lots"],
  },
  "side-conflict": {
    text: "it would mix long and short lots of one symbol",
    advice: "Close the short position first, or correct the symbol or the date.",
    fields: ["toPortfolioId", "toSymbol", "symbol"],
  },
  "same-account": {
    text: "it leads back into the same portfolio",
    advice: "Choose another portfolio to transfer to.",
    fields: ["toPortfolioId"],
  },
  "same-instrument": {
    text: "the new symbol is the old one",
    advice: "Enter another new symbol.",
    fields: ["toSymbol"],
  },
  "unknown-lot": {
    text: "a lot that it names is not open at that time",
    advice: "Choose the lots again, or correct the date. No other lot is taken in its place.",
    fields: ["lots"],
  },
  "lot-selection-mismatch": {
    text: "the lots that it names hold less than that, or do not add up to the quantity",
    advice: "Choose the lots again, so that they add up to the quantity.",
    fields: ["lots", "quantity"],
  },
  "missing-fx-rate": {
    text: "the exchange rate is not known",
    advice: "Enter the exchange rate of that day. It is never assumed to be 1.",
    fields: ["exchangeRate"],
  },
  "cannot-be-matched": { text: "it cannot be calculated", advice: PAUSED_ADVICE, fields: [] },
  "takes-too-long": { text: "calculating it takes too long", advice: PAUSED_ADVICE, fields: [] },
};

const OVERSOLD: Pick<ReasonWords, "text" | "advice"> = {
  text: "more sold than held at that time",
  advice:
    "Correct the quantity or the date, record the missing purchase, or allow short selling in the portfolio's settings.",
};

const UNKNOWN: ReasonWords = {
  text: "the ledger does not allow it",
  advice: "Edit or delete it.",
  fields: [],
};

function wordsOf({ type, reason }: Pick<Transaction, "type" | "reason">): ReasonWords {
  if (reason === undefined) return UNKNOWN;
  // A server that is newer than this page may know more reasons: they are shown as they come.
  const words = (REASONS as Readonly<Record<string, ReasonWords>>)[reason] ?? { ...UNKNOWN, text: reason };
  return type === "sell" && reason === "insufficient-quantity" ? { ...words, ...OVERSOLD } : words;
}

/** Why a transaction does not count, in words that go on from "Rejected:". */
export const reasonText = (outcome: Pick<Transaction, "type" | "reason">): string => wordsOf(outcome).text;

/** What to do about it. */
export const reasonAdvice = (outcome: Pick<Transaction, "type" | "reason">): string =>
  wordsOf(outcome).advice;

/** The field that has to be mended, among those that the form shows; undefined when it is not a matter of one field. */
export const fieldOfReason = (judged: Judged, shown = fieldsOfTransaction(judged)): TypedField | undefined =>
  wordsOf(judged).fields.find((field) => shown.includes(field));

function fieldsOfTransaction(judged: Judged): readonly TypedField[] {
  const { required, optional } = fieldsOf(judged.type, contentOfTransfer(judged));
  return [...required, ...optional];
}

/** Whether the ledger does without it until somebody mends it; a pending one with a reason holds up all after it, too. */
export const isRefused = ({ status, reason }: Pick<Transaction, "status" | "reason">): boolean =>
  status === "rejected" || status === "needs-attention" || reason !== undefined;

export function statusText(outcome: Outcome): string {
  switch (outcome.status) {
    case "pending":
      return outcome.reason === undefined ? "Pending" : `Paused here: ${reasonText(outcome)}`;
    case "matched":
      return "Matched";
    case "rejected":
      return `Rejected: ${reasonText(outcome)}`;
    case "needs-attention":
      return `Needs attention: ${reasonText(outcome)}`;
  }
}

/** How an alert about it looks: a rule was broken, or something is missing. */
export const alertTone = ({ status }: Pick<Transaction, "status">) =>
  status === "rejected" ? { color: "red" } : { color: "yellow", bg: "var(--lw-warn-surface)" };
