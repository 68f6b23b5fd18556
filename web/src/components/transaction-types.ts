import type { TransactionType } from "#contracts/transactions.ts";

/** What each type of transaction is called where it is listed. */
export const TRANSACTION_TYPE_NAMES: Readonly<Record<TransactionType, string>> = {
  buy: "Buy",
  sell: "Sell",
  dividend: "Dividend",
  interest: "Interest",
  fee: "Fee",
  tax: "Tax",
  deposit: "Deposit",
  withdrawal: "Withdrawal",
  split: "Split",
  transfer: "Transfer",
  "transfer-in": "Transfer in",
  "transfer-out": "Transfer out",
  "return-of-capital": "Return of capital",
  "spin-off": "Spin-off",
  merger: "Merger",
  "symbol-change": "Symbol change",
};
