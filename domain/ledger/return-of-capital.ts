/*
 * A return of capital: the company pays back part of what its shares cost.
 *
 * The amount is divided over the lots by quantity. What a lot receives reduces its cost; what it receives
 * beyond its cost is a gain. Each lot keeps its quantity and its opening.
 *
 * Example: lots of 10 for 100 and 10 for 20; 80 are paid. Each lot receives 40: the first costs 60 from now on,
 * the second 0, with a gain of 20.
 *
 * In the base currency the cost that is given back was fixed at its opening rate and is received at today's:
 * the difference is a currency gain, as in a sale of that part of the cost.
 */
import {
  add,
  type Money,
  multiplyByRate,
  negate,
  type Quantity,
  shareOf,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "../amounts.ts";
import { baseGainOf, disposalOfSlices, type DisposalSlice } from "../disposal.ts";
import { judgeRate, rateOf } from "../match-trade.ts";
import { addGain, changeHolding, type OpenHolding } from "../open-holding.ts";
import { compareRatios, type Ratio, ratioOf, subtractRatios, ZERO_RATIO } from "../ratio.ts";
import { contentsOf, remainingBaseCost, remainingCost, rewriteLot, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import type { OpenLedger } from "./open-ledger.ts";
import type { ReturnOfCapital } from "./transaction-types.ts";

/** Applies a return of capital to a long holding. */
export function applyReturnOfCapital(ledger: OpenLedger, payment: ReturnOfCapital): Refusal | undefined {
  const { account, instrument, amount, currency } = payment;
  const rules = ledger.rulesOf(account);
  const holding = ledger.holding(account, instrument);
  if (amount <= 0n) return rejected("invalid-amount");
  const known = ledger.currencyOf(instrument);
  if (known !== undefined && known !== currency) return rejected("currency-mismatch");
  if (holding.quantity < 0n) return rejected("side-conflict");
  if (holding.quantity === 0n) return rejected("insufficient-quantity");
  const missing = judgeRate(payment, rules);
  if (missing !== undefined) return missing;
  const slices = giveBack(holding, amount, rateOf(payment, rules));
  const disposal = disposalOfSlices(
    {
      id: payment.id,
      side: "long",
      disposedAt: payment.tradedAt,
      disposedDate: payment.tradeDate,
      quantity: ZERO_QUANTITY,
      unit: 1n,
      price: undefined,
      fees: ZERO_MONEY,
      exchangeRate: rateOf(payment, rules),
    },
    slices,
  );
  const { base } = disposal;
  addGain(holding, disposal);
  changeHolding(holding, {
    quantity: ZERO_QUANTITY,
    cost: negate(disposal.costBasis),
    baseCost: base && negate(base.costBasis),
  });
  ledger.disposals.push({ account, instrument, ...disposal });
  ledger.addCash(account, currency, amount);
  return undefined;
}

function giveBack(holding: OpenHolding, amount: Money, rate: TaxLot["openingRate"]): DisposalSlice[] {
  const slices: DisposalSlice[] = [];
  const perShare = ratioOf(amount * holding.unit, holding.quantity);
  let [quantitySoFar, shareSoFar] = [ZERO_QUANTITY, ZERO_MONEY];
  holding.lots.rewriteAll((lot) => {
    quantitySoFar = add(quantitySoFar, lot.remainingQuantity);
    const shareAfter = shareOf(amount, quantitySoFar, holding.quantity);
    const share = subtract(shareAfter, shareSoFar);
    shareSoFar = shareAfter;
    const slice = sliceOf(lot, share, rate);
    slices.push(slice);
    return reducedLot(lot, slice, perShare);
  }, holding.quantity);
  return slices;
}

function sliceOf(lot: TaxLot, share: Money, rate: TaxLot["openingRate"]): DisposalSlice {
  const cost = remainingCost(lot);
  const costBasis = share < cost ? share : cost;
  const part = {
    lot,
    quantity: ZERO_QUANTITY,
    lotAmount: costBasis,
    lotBaseAmount: baseShare(lot, costBasis),
  };
  return {
    lotId: lot.id,
    openedAt: lot.openedAt,
    quantity: ZERO_QUANTITY,
    proceeds: share,
    costBasis,
    realizedGain: subtract(share, costBasis),
    base:
      rate === undefined
        ? undefined
        : baseGainOf("long", part, { baseAmount: multiplyByRate(share, rate), rate }),
    lot,
  };
}

function baseShare(lot: TaxLot, costBasis: Money): Money | undefined {
  const [cost, baseCost] = [remainingCost(lot), remainingBaseCost(lot)];
  if (baseCost === undefined || cost === 0n) return baseCost;
  // Shares of money by money: the brands differ, the arithmetic does not.
  return shareOf(baseCost, costBasis as bigint as Quantity, cost as bigint as Quantity);
}

function reducedLot(lot: TaxLot, slice: DisposalSlice, perShare: Ratio): TaxLot {
  const contents = contentsOf(lot);
  const unitCost = subtractRatios(contents.unitCost, perShare);
  const { base } = slice;
  return rewriteLot(lot, {
    ...contents,
    cost: subtract(contents.cost, slice.costBasis),
    baseCost:
      contents.baseCost === undefined || base === undefined
        ? contents.baseCost
        : subtract(contents.baseCost, base.costBasis),
    unitCost: compareRatios(unitCost, ZERO_RATIO) < 0 ? ZERO_RATIO : unitCost,
  });
}
