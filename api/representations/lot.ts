import type { DisposalRow, LotRow, SliceRow } from "#adapters/postgres/derived-reads.ts";
import type { Quote } from "#adapters/ports.ts";
import type { Disposal, Lot } from "#contracts/positions.ts";
import { formatQuantity, multiply, negate, price, roundMoney, subtract } from "#domain/amounts.ts";
import { roundDecimal } from "#domain/decimal.ts";
import { holdingTerm } from "#domain/holding-period.ts";
import { remainingCost, unitCost, type TaxLot } from "#domain/tax-lot.ts";
import { taxLotOf } from "#use-cases/tax-lot-of.ts";
import { MONEY_DECIMALS, toMoney, UNIT_PRICE_DECIMALS } from "./position.ts";

/** `today` is the civil date on which the term is judged; a lot in another currency than the quote has no gain. */
export function toLot(row: LotRow, options: { quote: Quote | undefined; today: string }): Lot {
  const lot = taxLotOf(row);
  return {
    id: row.id,
    symbol: row.symbol,
    side: row.side,
    openedAt: row.opened_at,
    originalQuantity: formatQuantity(lot.originalQuantity),
    remainingQuantity: formatQuantity(lot.remainingQuantity),
    unitCost: roundMoney(unitCost(lot), UNIT_PRICE_DECIMALS),
    costBasis: toMoney(lot.side === "long" ? remainingCost(lot) : negate(remainingCost(lot))),
    unrealizedGain: options.quote?.currency === row.currency ? toMoney(gainAt(lot, options.quote)) : null,
    term: holdingTerm(row.opened_date, options.today < row.opened_date ? row.opened_date : options.today),
  };
}

function gainAt(lot: TaxLot, quote: Quote) {
  const value = multiply(lot.remainingQuantity, price(quote.price));
  return lot.side === "long" ? subtract(value, remainingCost(lot)) : subtract(remainingCost(lot), value);
}

export function toDisposal(row: DisposalRow, slices: readonly SliceRow[]): Disposal {
  return {
    id: row.transaction_id,
    transactionId: row.transaction_id,
    symbol: row.symbol,
    currency: row.currency,
    side: row.side,
    disposedAt: row.disposed_at,
    quantity: row.quantity,
    ...gainsOf(row),
    slices: slices.map((slice) => ({
      lotId: slice.lot_id,
      openedAt: slice.opened_at,
      quantity: slice.quantity,
      ...gainsOf(slice),
      term: holdingTerm(slice.opened_date, row.disposed_date),
    })),
  };
}

function gainsOf(row: { proceeds: string; cost_basis: string; realized_gain: string }) {
  return {
    proceeds: roundDecimal(row.proceeds, MONEY_DECIMALS),
    costBasis: roundDecimal(row.cost_basis, MONEY_DECIMALS),
    realizedGain: roundDecimal(row.realized_gain, MONEY_DECIMALS),
  };
}
