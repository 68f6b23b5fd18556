import type { TransactionType, TypedField } from "#contracts/transaction-fields.ts";
import type { TransactionValues } from "./transaction-form.ts";

/** What the fields are called, what they mean, and what is said when one that is needed is empty. */

type Words = Readonly<Partial<Record<TypedField, string>>>;

const LABELS: Readonly<Record<TypedField, string>> = {
  symbol: "Symbol",
  quantity: "Quantity",
  price: "Price",
  amount: "Amount",
  fees: "Fees",
  tax: "Tax withheld",
  currency: "Currency",
  exchangeRate: "Exchange rate",
  lots: "Lots",
  ratio: "Ratio",
  toPortfolioId: "To portfolio",
  toSymbol: "New symbol",
  costBasis: "Total cost",
  acquiredAt: "Acquired on",
  costShare: "Share of the cost",
  cashPerShare: "Cash per old share",
};

const LABELS_BY_TYPE: Readonly<Partial<Record<TransactionType, Words>>> = {
  dividend: { amount: "Amount before tax" },
  split: { ratio: "New shares for old ones" },
  "spin-off": { toSymbol: "Symbol of the new company", ratio: "New shares for old ones" },
  merger: {
    toSymbol: "Symbol of the company you get",
    ratio: "New shares for old ones",
    costShare: "Share of the cost sold for cash",
  },
  "return-of-capital": { amount: "Amount received" },
};

export const labelOf = (field: TypedField, type: TransactionType): string =>
  LABELS_BY_TYPE[type]?.[field] ?? LABELS[field];

const HELP_BY_TYPE: Readonly<Partial<Record<TransactionType, Words>>> = {
  dividend: { amount: "With a minus sign: paid in lieu on a short." },
  "transfer-in": {
    costBasis: "All of it together, fees included.",
    acquiredAt: "Empty: the day of the transfer.",
  },
  "spin-off": { costShare: "The part of your cost that goes to the new shares. The company publishes it." },
  merger: {
    cashPerShare: "Empty when only shares are given.",
    costShare: "The part of your cost that the cash pays for. The company publishes it.",
  },
};

export const helpOf = (field: TypedField, type: TransactionType): string | undefined =>
  HELP_BY_TYPE[type]?.[field];

const EMPTY: Readonly<Record<TypedField, string>> = {
  symbol: "Enter the symbol, such as AAPL or ACME.SIM.",
  quantity: "Enter how many.",
  price: "Enter the price of one unit.",
  amount: "Enter the amount.",
  fees: "Enter the fees.",
  tax: "Enter the tax.",
  currency: "Choose the currency.",
  exchangeRate: "Enter the exchange rate.",
  lots: "Choose the lots.",
  ratio: "Enter both numbers.",
  toPortfolioId: "Choose where it goes.",
  toSymbol: "Enter the new symbol.",
  costBasis: "Enter what it cost in total; 0 if it was free.",
  acquiredAt: "Enter when it was bought.",
  costShare: "Enter the share of the cost.",
  cashPerShare: "Enter the cash for one old share.",
};

const EMPTY_BY_TYPE: Readonly<Partial<Record<TransactionType, Words>>> = {
  buy: { quantity: "Enter how many were traded." },
  sell: { quantity: "Enter how many were traded." },
  merger: { costShare: "Enter which part of the cost the cash pays for; 0 if none." },
};

export const emptyText = (field: TypedField, type: TransactionType): string =>
  EMPTY_BY_TYPE[type]?.[field] ?? EMPTY[field];

/** When it happened, in the words of the type. */
export function tradedAtLabel({ type }: Pick<TransactionValues, "type">): string {
  switch (type) {
    case "split":
    case "spin-off":
    case "merger":
    case "symbol-change":
      return "Takes effect";
    default:
      return "Date and time";
  }
}
