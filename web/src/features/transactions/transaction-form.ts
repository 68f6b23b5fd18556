import {
  contentOfTransfer,
  type TransactionType,
  type TransferContent,
} from "#contracts/transaction-fields.ts";
import type { Transaction } from "#contracts/transactions.ts";
import { toPercent, type CostShareUnit } from "./cost-share.ts";
import type { LotChoice } from "./lot-choice.ts";
import { toLocalDate, toLocalTime } from "./local-time.ts";

/** What the form holds: text as it was typed, for every field of every type, so that changing the type loses nothing. */
export interface TransactionValues {
  readonly type: TransactionType;
  /** What a transfer moves. */
  readonly content: TransferContent;
  readonly symbol: string;
  readonly toSymbol: string;
  readonly toPortfolioId: string;
  readonly quantity: string;
  readonly price: string;
  readonly amount: string;
  readonly costBasis: string;
  readonly fees: string;
  readonly tax: string;
  /** Empty: that of the instrument, else the portfolio's. */
  readonly currency: string;
  readonly exchangeRate: string;
  readonly ratioNew: string;
  readonly ratioOld: string;
  readonly costShare: string;
  readonly costShareUnit: CostShareUnit;
  readonly cashPerShare: string;
  readonly lots: LotChoice;
  /** Local date as the browser's own control has it: 2026-01-05. */
  readonly acquiredAt: string;
  /** Local time as the browser's own control has it: 2026-01-05T15:30. */
  readonly tradedAt: string;
  readonly notes: string;
}

export type FormField = keyof TransactionValues;

export const emptyTransaction = (nowMs: number): TransactionValues => ({
  type: "buy",
  content: "lots",
  symbol: "",
  toSymbol: "",
  toPortfolioId: "",
  quantity: "",
  price: "",
  amount: "",
  costBasis: "",
  fees: "",
  tax: "",
  currency: "",
  exchangeRate: "",
  ratioNew: "",
  ratioOld: "1",
  costShare: "",
  costShareUnit: "percent",
  cashPerShare: "",
  lots: [],
  acquiredAt: "",
  tradedAt: toLocalTime(new Date(nowMs)),
  notes: "",
});

export function valuesOf(transaction: Transaction): TransactionValues {
  const [ratioNew = "", ratioOld = "1"] = transaction.ratio?.split(":") ?? [];
  const { costShare, acquiredAt } = transaction;
  return {
    type: transaction.type,
    content: contentOfTransfer(transaction),
    symbol: transaction.symbol ?? "",
    toSymbol: transaction.toSymbol ?? "",
    toPortfolioId: transaction.toPortfolioId ?? "",
    quantity: transaction.quantity ?? "",
    price: transaction.price ?? "",
    amount: transaction.amount ?? "",
    costBasis: transaction.costBasis ?? "",
    fees: unlessZero(transaction.fees),
    tax: unlessZero(transaction.tax),
    currency: transaction.currency ?? "",
    exchangeRate: transaction.exchangeRate ?? "",
    ratioNew,
    ratioOld,
    costShare: costShare === undefined ? "" : toPercent(costShare),
    costShareUnit: "percent",
    cashPerShare: transaction.cashPerShare ?? "",
    lots: transaction.lots ?? [],
    acquiredAt: acquiredAt === undefined ? "" : toLocalDate(new Date(acquiredAt)),
    tradedAt: toLocalTime(new Date(transaction.tradedAt)),
    notes: transaction.notes,
  };
}

const unlessZero = (amount: string) => (/[1-9]/.test(amount) ? amount : "");
