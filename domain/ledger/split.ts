/*
 * A split: every open lot's quantity × ratio, cost and opening as before.
 *
 * Nothing is rounded. A split of new:old multiplies the counts of all lots by `new` and the number of parts a
 * share is counted in by `old`; then both are divided by what they have in common.
 *
 * Example: 10 shares split 2:1 and then 1:3. Counts 10 × 2 = 20 in whole shares, then 20 × 1 = 20 in thirds of
 * a share: 20/3. Split 3:1, the 60 thirds are 20 whole shares again.
 */
import type { Quantity } from "../amounts.ts";
import type { OpenHolding } from "../open-holding.ts";
import { divideRatios, greatestCommonDivisor, type Ratio } from "../ratio.ts";
import { recountLot, type TaxLot } from "../tax-lot.ts";
import { type Refusal, rejected } from "../transaction.ts";
import { partsOf } from "./moved-parts.ts";
import type { OpenLedger } from "./open-ledger.ts";
import type { Split } from "./transaction-types.ts";

/** Applies a split to every account that holds the instrument, long or short. Nobody need hold it. */
export function applySplit(ledger: OpenLedger, split: Split): Refusal | undefined {
  if (split.ratio.numerator <= 0n) return rejected("invalid-ratio");
  for (const { account, instrument, holding } of ledger.holdingsOf(split.instrument, split.account)) {
    const place = { account, instrument };
    const parts = partsOf(holding.lots.remaining());
    ledger.movements.push({ transactionId: split.id, type: split.type, from: place, to: place, parts });
    splitHolding(holding, split.ratio);
  }
  return undefined;
}

function splitHolding(holding: OpenHolding, ratio: Ratio): void {
  const { numerator: multiply, denominator } = ratio;
  const counts = holding.lots.remaining().flatMap((lot) => [lot.originalQuantity, lot.remainingQuantity]);
  const common = counts.reduce<bigint>(
    (divisor, count) => (divisor === 1n ? divisor : greatestCommonDivisor(divisor, count * multiply)),
    holding.unit * denominator,
  );
  const unit = (holding.unit * denominator) / common;
  holding.lots.rewriteAll(
    (lot) => splitLot(lot, ratio, { multiply, divide: common, unit }),
    holding.quantity,
  );
  holding.quantity = ((holding.quantity * multiply) / common) as Quantity;
  holding.unit = unit;
}

function splitLot(lot: TaxLot, ratio: Ratio, factor: Parameters<typeof recountLot>[1]): TaxLot {
  const recounted = recountLot(lot, factor);
  if (lot.exactUnitCost === undefined) return recounted;
  return { ...recounted, exactUnitCost: divideRatios(lot.exactUnitCost, ratio) };
}

/** Counts the holding in a unit that is a multiple of its own; no quantity changes. */
export function recountHolding(holding: OpenHolding, unit: bigint): void {
  const multiply = unit / holding.unit;
  if (multiply === 1n) return;
  if (holding.quantity !== 0n) {
    holding.lots.rewriteAll((lot) => recountLot(lot, { multiply, divide: 1n, unit }), holding.quantity);
    holding.quantity = (holding.quantity * multiply) as Quantity;
  }
  holding.unit = unit;
}
