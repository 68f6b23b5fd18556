import { add, ZERO_MONEY } from "../amounts.ts";
import { addGain } from "../open-holding.ts";
import type { Refusal } from "../transaction.ts";
import { judgeConversion } from "./conversion.ts";
import { partsOf, takeAll } from "./moved-parts.ts";
import type { OpenLedger } from "./open-ledger.ts";
import { receiveLot } from "./receive-lot.ts";
import type { SymbolChange } from "./transaction-types.ts";

/**
 * Renames an instrument: lots, realized gains, fees and income go to the new name. Where something is recorded
 * under both names, the two become one.
 */
export function applySymbolChange(ledger: OpenLedger, change: SymbolChange): Refusal | undefined {
  const { instrument, toInstrument } = change;
  const refusal = judgeConversion(ledger, { ...change, ratio: { numerator: 1n, denominator: 1n } });
  if (refusal !== undefined) return refusal;
  const currency = ledger.currencyOf(instrument);
  if (currency === undefined) return undefined;
  ledger.setCurrency(toInstrument, currency);
  for (const account of ledger.accountsOf(instrument)) {
    if (change.account !== undefined && change.account !== account) continue;
    renameHolding(ledger, change, account);
  }
  return undefined;
}

function renameHolding(ledger: OpenLedger, change: SymbolChange, account: string): void {
  const { instrument, toInstrument } = change;
  const [before, after] = [ledger.holding(account, instrument), ledger.holding(account, toInstrument)];
  after.currency ??= before.currency;
  const lots = before.quantity === 0n ? [] : takeAll(before);
  for (const lot of lots) receiveLot(after, lot, ledger.rulesOf(account));
  addGain(after, before);
  after.fees = add(after.fees, before.fees);
  before.realizedGain = ZERO_MONEY;
  before.fees = ZERO_MONEY;
  before.base = undefined;
  for (const income of ledger.takeIncome(account, instrument)) {
    ledger.addIncome({ ...income, instrument: toInstrument });
  }
  if (lots.length === 0) return;
  const places = { from: { account, instrument }, to: { account, instrument: toInstrument } };
  ledger.movements.push({ transactionId: change.id, type: change.type, ...places, parts: partsOf(lots) });
}
