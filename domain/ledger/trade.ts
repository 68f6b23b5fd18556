import { add, multiply, negate, subtract } from "../amounts.ts";
import { applyTrade, judgeTrade } from "../match-trade.ts";
import type { Refusal } from "../transaction.ts";
import type { OpenLedger } from "./open-ledger.ts";
import type { Trade } from "./transaction-types.ts";

/** Applies a purchase or a sale: lots as in `match-trade.ts`, and cash. */
export function applyLedgerTrade(ledger: OpenLedger, trade: Trade): Refusal | undefined {
  const { account, instrument, currency, fees } = trade;
  const holding = ledger.holding(account, instrument);
  const rules = ledger.rulesOf(account);
  const known = ledger.currencyOf(instrument);
  const refusal = judgeTrade(
    known === holding.currency ? holding : { ...holding, currency: known },
    trade,
    rules,
  );
  if (refusal !== undefined) return refusal;
  const disposal = applyTrade(holding, trade, rules);
  if (disposal !== undefined) ledger.disposals.push({ ...disposal, account, instrument });
  ledger.setCurrency(instrument, currency);
  const gross = multiply(trade.quantity, trade.price);
  ledger.addCash(account, currency, trade.type === "buy" ? negate(add(gross, fees)) : subtract(gross, fees));
  return undefined;
}
