import type { TransactionType } from "#contracts/transaction-fields.ts";
import { TRANSACTION_TYPE_NAMES } from "#web/components/transaction-types.ts";

/** What the types of transactions are called, and in which order they are offered. */

interface TypeGroup {
  readonly label: string;
  readonly types: readonly TransactionType[];
}

/** Shape: every type once. */
export const TYPE_GROUPS: readonly TypeGroup[] = [
  { label: "Trades", types: ["buy", "sell"] },
  { label: "Income and costs", types: ["dividend", "interest", "fee", "tax"] },
  { label: "Cash", types: ["deposit", "withdrawal"] },
  {
    label: "Corporate actions",
    types: ["split", "spin-off", "merger", "symbol-change", "return-of-capital"],
  },
  { label: "Transfers", types: ["transfer", "transfer-in", "transfer-out"] },
];

interface TypeWords {
  /** In filters. */
  readonly plural: string;
  /** As in "Record sale". */
  readonly thing: string;
  /** What recording one does, for somebody who has never met the word. */
  readonly explanation: string;
}

export const TYPE_WORDS: Readonly<Record<TransactionType, TypeWords>> = {
  buy: {
    plural: "Buys",
    thing: "buy",
    explanation: "Opens a lot. Its cost is what you paid, fees included.",
  },
  sell: {
    plural: "Sales",
    thing: "sale",
    explanation: "Closes lots. The gain is what you received, less their cost.",
  },
  dividend: {
    plural: "Dividends",
    thing: "dividend",
    explanation: "Income that a holding pays. The cost of your lots stays as it is.",
  },
  interest: {
    plural: "Interest",
    thing: "interest",
    explanation: "Interest received on cash; with a minus sign, interest paid.",
  },
  fee: {
    plural: "Fees",
    thing: "fee",
    explanation:
      "A cost of the account that belongs to no trade, such as custody; with a minus sign, a refund.",
  },
  tax: {
    plural: "Taxes",
    thing: "tax",
    explanation: "A tax paid from the account that belongs to no dividend; with a minus sign, a refund.",
  },
  deposit: {
    plural: "Deposits",
    thing: "deposit",
    explanation: "Money that you bring in. It counts as new money, not as a gain.",
  },
  withdrawal: {
    plural: "Withdrawals",
    thing: "withdrawal",
    explanation: "Money that you take out. It does not count as a loss.",
  },
  split: {
    plural: "Splits",
    thing: "split",
    explanation:
      "The company exchanges its shares for more, or fewer, of the same. Cost and dates of your lots stay.",
  },
  "spin-off": {
    plural: "Spin-offs",
    thing: "spin-off",
    explanation:
      "The company gives you shares of a part that goes its own way. Part of your cost goes with them, and so do the dates.",
  },
  merger: {
    plural: "Mergers",
    thing: "merger",
    explanation:
      "Your shares become shares of another company, with their cost and dates; some cash may be paid too.",
  },
  "symbol-change": {
    plural: "Symbol changes",
    thing: "symbol change",
    explanation: "The same holding under another symbol. Lots, gains and income go along.",
  },
  "return-of-capital": {
    plural: "Returns of capital",
    thing: "return of capital",
    explanation:
      "The company pays back part of what you invested: it reduces the cost of your lots. It is no income.",
  },
  transfer: {
    plural: "Transfers",
    thing: "transfer",
    explanation:
      "Moves lots, with their cost and dates, or money to another of your portfolios. There is no gain.",
  },
  "transfer-in": {
    plural: "Transfers in",
    thing: "transfer",
    explanation:
      "Shares that arrive from outside Lotwise, with the cost and the date that they were bought at.",
  },
  "transfer-out": {
    plural: "Transfers out",
    thing: "transfer",
    explanation: "Shares that leave Lotwise, such as to another broker or as a gift. There is no gain.",
  },
};

/** How a type is offered in the form, where the word alone would not tell it from its neighbours. */
const OFFERED_AS: Readonly<Partial<Record<TransactionType, string>>> = {
  transfer: "Transfer between portfolios",
  "transfer-in": "Transfer in, from outside",
  "transfer-out": "Transfer out, to the outside",
};

export const offeredAs = (type: TransactionType): string => OFFERED_AS[type] ?? TRANSACTION_TYPE_NAMES[type];

/** The group that a type belongs to. */
export const groupOf = (type: TransactionType): string =>
  TYPE_GROUPS.find(({ types }) => types.includes(type))?.label ?? "";
