/*
 * A merger: every lot of an instrument becomes a lot of another, with its id, opening and cost.
 *
 * Where cash is paid beside the shares, the given share of the cost is sold for it: proceeds are the cash, and
 * the difference is a gain. The rest of the cost goes on to the new shares.
 *
 * Example: a lot of 10 for 1,000; three new shares for two old ones and 30 in cash a share, for which 25 % of
 * the cost are sold. Gain 300 − 250 = 50, and a lot of 15 new shares for 750.
 */
import {
  type Money,
  multiplyByRate,
  multiplyUnits,
  negate,
  subtract,
  ZERO_MONEY,
  ZERO_QUANTITY,
} from "../amounts.ts";
import { baseGainOf, disposalOfSlices, type DisposalSlice } from "../disposal.ts";
import { judgeRate, rateOf } from "../match-trade.ts";
import { addGain, subtractBase } from "../open-holding.ts";
import {
  compareRatios,
  divideRatios,
  multiplyRatios,
  type Ratio,
  subtractRatios,
  ZERO_RATIO,
} from "../ratio.ts";
import { contentsOf, rewriteLot, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import { convertedQuantity, judgeConversion } from "./conversion.ts";
import { partsOf, takeAll } from "./moved-parts.ts";
import type { OpenAccountHolding, OpenLedger } from "./open-ledger.ts";
import { receiveLot } from "./receive-lot.ts";
import { portionOf } from "./spin-off.ts";
import type { Merger } from "./transaction-types.ts";

const ONE: Ratio = { numerator: 1n, denominator: 1n };

/** Applies a merger in every account that holds the instrument, long or short. */
export function applyMerger(ledger: OpenLedger, merger: Merger): Refusal | undefined {
  const { instrument, account, cash } = merger;
  const refusal = judgeConversion(ledger, merger);
  if (refusal !== undefined) return refusal;
  const currency = ledger.currencyOf(instrument);
  if (currency === undefined) return undefined;
  const rows = ledger.holdingsOf(instrument, account);
  if (cash !== undefined) {
    if (cash.currency !== currency) return rejected("currency-mismatch");
    if (cash.perShare < 0n) return rejected("invalid-price");
    const { costShare } = cash;
    if (compareRatios(costShare, ZERO_RATIO) < 0 || compareRatios(costShare, ONE) > 0) {
      return rejected("invalid-ratio");
    }
    for (const row of rows) {
      const missing = judgeRate({ currency, exchangeRate: merger.exchangeRate }, ledger.rulesOf(row.account));
      if (missing !== undefined) return missing;
    }
  }
  for (const row of rows) convertHolding(ledger, merger, { ...row, currency });
  ledger.setCurrency(merger.toInstrument, currency);
  return undefined;
}

function convertHolding(
  ledger: OpenLedger,
  merger: Merger,
  row: OpenAccountHolding & { readonly currency: string },
): void {
  const { account, instrument, holding, currency } = row;
  const lots = takeAll(holding);
  const { cash, toInstrument } = merger;
  const kept = cash === undefined ? lots : sellShareOfCost(ledger, merger, { ...row, lots, cash });
  const destination = ledger.holding(account, toInstrument);
  destination.currency ??= currency;
  const rules = ledger.rulesOf(account);
  for (const lot of kept) receiveLot(destination, convertedLot(lot, merger.ratio), rules);
  const places = { from: { account, instrument }, to: { account, instrument: toInstrument } };
  ledger.movements.push({ transactionId: merger.id, type: merger.type, ...places, parts: partsOf(kept) });
}

/** Returns the lot counted in shares of the other instrument: `ratio` of them for each, at the same cost. */
export function convertedLot(lot: TaxLot, ratio: Ratio): TaxLot {
  const contents = contentsOf(lot);
  const unitCost = divideRatios(contents.unitCost, ratio);
  return rewriteLot(lot, { ...contents, ...convertedQuantity(contents, ratio), unitCost });
}

/** Enters the cash and its gain; returns the lots with the cost that they keep. */
function sellShareOfCost(
  ledger: OpenLedger,
  merger: Merger,
  sold: OpenAccountHolding & {
    readonly currency: string;
    readonly lots: readonly TaxLot[];
    readonly cash: NonNullable<Merger["cash"]>;
  },
): TaxLot[] {
  const { account, instrument, holding, lots, cash, currency } = sold;
  const exchangeRate = rateOf({ currency, exchangeRate: merger.exchangeRate }, ledger.rulesOf(account));
  const side = lots[0]?.side ?? "long";
  const slices = lots.map((lot) => cashSlice(lot, cash, exchangeRate));
  const disposal = disposalOfSlices(
    {
      id: merger.id,
      side,
      disposedAt: merger.tradedAt,
      disposedDate: merger.tradeDate,
      quantity: ZERO_QUANTITY,
      unit: 1n,
      price: cash.perShare,
      fees: ZERO_MONEY,
      exchangeRate,
    },
    slices,
  );
  ledger.disposals.push({ account, instrument, ...disposal });
  addGain(holding, disposal);
  ledger.addCash(account, currency, side === "long" ? disposal.proceeds : negate(disposal.costBasis));
  return slices.map((slice) => keptLot(slice, cash.costShare));
}

function cashSlice(
  lot: TaxLot,
  cash: NonNullable<Merger["cash"]>,
  rate: TaxLot["openingRate"],
): DisposalSlice {
  const paid = multiplyUnits(lot.remainingQuantity, lot.unit ?? 1n, cash.perShare);
  const lotAmount = portionOf(lot.originalCost, cash.costShare);
  const lotBaseAmount = lot.originalBaseCost && portionOf(lot.originalBaseCost, cash.costShare);
  const [proceeds, costBasis] = lot.side === "long" ? [paid, lotAmount] : [lotAmount, paid];
  const part = { lot, quantity: ZERO_QUANTITY, lotAmount, lotBaseAmount };
  return {
    lotId: lot.id,
    openedAt: lot.openedAt,
    quantity: ZERO_QUANTITY,
    proceeds,
    costBasis,
    realizedGain: subtract(proceeds, costBasis),
    base:
      rate === undefined
        ? undefined
        : baseGainOf(lot.side, part, { baseAmount: multiplyByRate(paid, rate), rate }),
    lot,
  };
}

function keptLot({ lot, proceeds, costBasis, base }: DisposalSlice, costShare: Ratio): TaxLot {
  const contents = contentsOf(lot);
  const sold: Money = lot.side === "long" ? costBasis : proceeds;
  const soldBase = lot.side === "long" ? base?.costBasis : base?.proceeds;
  return rewriteLot(lot, {
    ...contents,
    cost: subtract(contents.cost, sold),
    baseCost: subtractBase(contents.baseCost, soldBase),
    unitCost: multiplyRatios(contents.unitCost, subtractRatios(ONE, costShare)),
  });
}
