import { negate } from "../amounts.ts";
import { judgeRate, rateOf } from "../match-trade.ts";
import { inBaseCurrency, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import { judgeLeaving, partsOf, takeOut } from "./moved-parts.ts";
import type { OpenLedger } from "./open-ledger.ts";
import { receiveLot } from "./receive-lot.ts";
import type { LotTransfer } from "./transaction-types.ts";

/** Moves lots to another account with id, opening and cost. No gain; fees are an expense of the account they leave. */
export function applyTransfer(ledger: OpenLedger, transfer: LotTransfer): Refusal | undefined {
  const { account, toAccount, instrument, fees } = transfer;
  const [rules, toRules] = [ledger.rulesOf(account), ledger.rulesOf(toAccount)];
  const holding = ledger.holding(account, instrument);
  const refusal = judgeTransfer(ledger, transfer) ?? judgeLeaving(holding, transfer, rules);
  if (refusal !== undefined) return refusal;
  const currency = transfer.currency ?? ledger.currencyOf(instrument) ?? "";
  const isRevalued = rules.baseCurrency !== toRules.baseCurrency;
  const exchangeRate = transfer.exchangeRate;
  const missing = isRevalued ? judgeRate({ currency, exchangeRate }, toRules) : undefined;
  if (missing !== undefined) return missing;
  const moved = takeOut(holding, transfer);
  const destination = ledger.holding(toAccount, instrument);
  destination.currency ??= holding.currency;
  for (const lot of moved) {
    const received = isRevalued ? revalued(lot, rateOf({ currency, exchangeRate }, toRules)) : lot;
    receiveLot(destination, received, toRules);
  }
  const places = { from: { account, instrument }, to: { account: toAccount, instrument } };
  const parts = partsOf(moved);
  ledger.movements.push({ transactionId: transfer.id, type: transfer.type, ...places, parts });
  if (fees > 0n) {
    ledger.addCash(account, currency, negate(fees));
    ledger.addCashEntry(account, currency, { expenses: fees });
  }
  return undefined;
}

function judgeTransfer(ledger: OpenLedger, transfer: LotTransfer): Refusal | undefined {
  const { account, toAccount, instrument, currency, fees } = transfer;
  if (account === toAccount) return rejected("same-account");
  if (fees < 0n) return rejected("invalid-fees");
  const known = ledger.currencyOf(instrument);
  if (known !== undefined && currency !== undefined && known !== currency)
    return rejected("currency-mismatch");
  return ledger.holding(toAccount, instrument).quantity < 0n ? rejected("side-conflict") : undefined;
}

/** A base cost in another currency means nothing here: the cost is valued at the rate that came with the transfer. */
function revalued(lot: TaxLot, rate: TaxLot["openingRate"]): TaxLot {
  const { originalBaseCost: _cost, openingRate: _rate, ...rest } = lot;
  if (rate === undefined) return rest;
  return { ...rest, originalBaseCost: inBaseCurrency(lot.originalCost, rate), openingRate: rate };
}
