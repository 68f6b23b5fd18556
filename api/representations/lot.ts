import type { DisposalRow, LotRow, SliceRow } from "#adapters/postgres/derived-reads.ts";
import type { Quote } from "#adapters/ports.ts";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { Disposal, Lot } from "#contracts/positions.ts";
import {
  formatPrice,
  money,
  multiplyUnits,
  negate,
  price,
  quantity,
  subtract,
  type Money,
} from "#domain/amounts.ts";
import { termOf } from "#domain/gain-by-term.ts";
import { remainingBaseCost, remainingCost, unitCost, type TaxLot } from "#domain/tax-lot.ts";
import { taxLotOf } from "#use-cases/stored-figures.ts";
import { toMoney, toMoneyText, toQuantity, toUnitPrice } from "./amounts.ts";

/** `today` is the civil date on which the term is judged; a lot in another currency than the quote has no gain. */
export function toLot(row: LotRow, options: { quote: Quote | undefined; today: string }): Lot {
  const lot = taxLotOf(row);
  const sign = (amount: Money) => toMoney(lot.side === "long" ? amount : negate(amount));
  const { opened_date: openedDate } = row;
  return {
    id: row.id,
    symbol: row.symbol,
    side: row.side,
    openedAt: row.opened_at,
    openedDate,
    originalQuantity: toQuantity(lot.originalQuantity, lot.unit),
    remainingQuantity: toQuantity(lot.remainingQuantity, lot.unit),
    unitCost: toUnitPrice(unitCost(lot)),
    costBasis: sign(remainingCost(lot)),
    baseCostBasis: sign(remainingBaseCost(lot) ?? remainingCost(lot)),
    exchangeRate: lot.openingRate === undefined ? null : formatPrice(lot.openingRate),
    unrealizedGain: options.quote?.currency === row.currency ? toMoney(gainAt(lot, options.quote)) : null,
    term: toTerm(openedDate, options.today, row.lot_method),
  };
}

function gainAt(lot: TaxLot, quote: Quote) {
  const value = multiplyUnits(lot.remainingQuantity, lot.unit ?? 1n, price(quote.price));
  return lot.side === "long" ? subtract(value, remainingCost(lot)) : subtract(remainingCost(lot), value);
}

function toTerm(openedDate: string, date: string, method: LotMethod): Lot["term"] {
  const term = termOf({ openedDate }, { date, method });
  return term === "unknown" ? null : term;
}

export function toDisposal(row: DisposalRow, slices: readonly SliceRow[]): Disposal {
  const unit = BigInt(row.unit);
  return {
    id: row.transaction_id,
    transactionId: row.transaction_id,
    symbol: row.symbol,
    currency: row.currency,
    side: row.side,
    disposedAt: row.disposed_at,
    quantity: toQuantity(quantity(row.quantity), unit),
    ...gainsOf(row, row.base_currency),
    slices: slices.map((slice) => ({
      lotId: slice.lot_id,
      // Under average cost all openings are one pool, which has none of its own.
      openedAt: row.lot_method === "average" ? null : slice.opened_at,
      quantity: toQuantity(quantity(slice.quantity), unit),
      ...gainsOf(slice, row.base_currency),
      term: toTerm(slice.opened_date, row.disposed_date, row.lot_method),
    })),
  };
}

function gainsOf(
  row: Pick<
    DisposalRow,
    "proceeds" | "cost_basis" | "realized_gain" | "base_proceeds" | "base_cost_basis" | "exchange_gain"
  >,
  currency: string,
) {
  const own = {
    proceeds: toMoneyText(row.proceeds),
    costBasis: toMoneyText(row.cost_basis),
    realizedGain: toMoneyText(row.realized_gain),
  };
  const { base_proceeds: proceeds, base_cost_basis: cost, exchange_gain: exchangeGain } = row;
  if (proceeds === null || cost === null || exchangeGain === null) {
    return { ...own, base: { currency, ...own, exchangeGain: "0" } };
  }
  return {
    ...own,
    base: {
      currency,
      proceeds: toMoneyText(proceeds),
      costBasis: toMoneyText(cost),
      realizedGain: toMoney(subtract(money(proceeds), money(cost))),
      exchangeGain: toMoneyText(exchangeGain),
    },
  };
}
