/*
 * A spin-off: the holders of an instrument get shares of another, and part of the cost goes with them.
 *
 * Each lot gets a sibling of the new instrument with the same id and opening: the holding period goes on. The
 * sibling's cost is the given share of the lot's, the lot keeps the rest, so that the two add up to it.
 *
 * Example: a lot of 10 for 1,000; one new share for four old ones, with a share of 20 % of the cost. It becomes
 * 10 for 800, and a lot of 2.5 new shares for 200.
 */
import { type Money, negate, subtract, ZERO_QUANTITY } from "../amounts.ts";
import { divideHalfEven } from "../decimal.ts";
import { changeHolding, subtractBase } from "../open-holding.ts";
import {
  compareRatios,
  divideRatios,
  multiplyRatios,
  type Ratio,
  subtractRatios,
  ZERO_RATIO,
} from "../ratio.ts";
import { contentsOf, type LotContents, rewriteLot, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import { judgeConversion, convertedQuantity } from "./conversion.ts";
import { partsOf } from "./moved-parts.ts";
import type { OpenAccountHolding, OpenLedger } from "./open-ledger.ts";
import { receiveLot } from "./receive-lot.ts";
import type { SpinOff } from "./transaction-types.ts";

const ONE: Ratio = { numerator: 1n, denominator: 1n };

/** Applies a spin-off in every account that holds the instrument, long or short. */
export function applySpinOff(ledger: OpenLedger, spinOff: SpinOff): Refusal | undefined {
  const { costShare } = spinOff;
  if (compareRatios(costShare, ZERO_RATIO) < 0 || compareRatios(costShare, ONE) > 0) {
    return rejected("invalid-ratio");
  }
  const refusal = judgeConversion(ledger, spinOff);
  if (refusal !== undefined) return refusal;
  for (const row of ledger.holdingsOf(spinOff.instrument, spinOff.account))
    spinOffHolding(ledger, spinOff, row);
  const currency = ledger.currencyOf(spinOff.instrument);
  if (currency !== undefined) ledger.setCurrency(spinOff.toInstrument, currency);
  return undefined;
}

function spinOffHolding(ledger: OpenLedger, spinOff: SpinOff, row: OpenAccountHolding): void {
  const { account, instrument, holding } = row;
  const siblings: TaxLot[] = [];
  holding.lots.rewriteAll((lot) => {
    const [kept, given] = dividedContents(lot, spinOff);
    siblings.push(rewriteLot(lot, given));
    return rewriteLot(lot, kept);
  }, holding.quantity);
  const sign = (amount: Money): Money => (holding.quantity > 0n ? amount : negate(amount));
  for (const { originalCost: cost, originalBaseCost: baseCost } of siblings) {
    changeHolding(holding, {
      quantity: ZERO_QUANTITY,
      cost: negate(sign(cost)),
      baseCost: baseCost && negate(sign(baseCost)),
    });
  }
  const { toInstrument } = spinOff;
  const destination = ledger.holding(account, toInstrument);
  destination.currency ??= holding.currency;
  for (const sibling of siblings) receiveLot(destination, sibling, ledger.rulesOf(account));
  ledger.movements.push({
    transactionId: spinOff.id,
    type: spinOff.type,
    from: { account, instrument },
    to: { account, instrument: toInstrument },
    parts: partsOf(siblings),
  });
}

/** Returns what the lot keeps and what its sibling gets. */
function dividedContents(lot: TaxLot, { ratio, costShare }: SpinOff): [LotContents, LotContents] {
  const whole = contentsOf(lot);
  const cost = portionOf(whole.cost, costShare);
  const baseCost = whole.baseCost && portionOf(whole.baseCost, costShare);
  const kept = {
    ...whole,
    cost: subtract(whole.cost, cost),
    baseCost: subtractBase(whole.baseCost, baseCost),
    unitCost: multiplyRatios(whole.unitCost, subtractRatios(ONE, costShare)),
  };
  const unitCost = divideRatios(multiplyRatios(whole.unitCost, costShare), ratio);
  return [kept, { ...convertedQuantity(whole, ratio), cost, baseCost, unitCost }];
}

/** Returns a portion of the amount, rounded half to even at 1e-36; the other portion is the rest. */
export function portionOf(amount: Money, portion: Ratio): Money {
  return divideHalfEven(amount * portion.numerator, portion.denominator) as Money;
}
