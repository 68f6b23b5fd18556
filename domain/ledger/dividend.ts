import { subtract } from "../amounts.ts";
import { type Refusal, rejected } from "../transaction.ts";
import type { OpenLedger } from "./open-ledger.ts";
import type { Dividend } from "./transaction-types.ts";

/** Enters a dividend as income, what was withheld apart. The cost of the lots does not move. */
export function applyDividend(ledger: OpenLedger, dividend: Dividend): Refusal | undefined {
  const { account, instrument, currency, amount, tax, fees } = dividend;
  if (tax < 0n) return rejected("invalid-amount");
  if (fees < 0n) return rejected("invalid-fees");
  const known = ledger.currencyOf(instrument);
  if (known !== undefined && known !== currency) return rejected("currency-mismatch");
  ledger.setCurrency(instrument, currency);
  ledger.addIncome({ account, instrument, currency, dividends: amount, withheld: tax, fees });
  ledger.addCash(account, currency, subtract(subtract(amount, tax), fees));
  return undefined;
}
