/* The domain's figures as they are stored, and back. Both directions are exact. */
import type { StoredLot, StoredPosition } from "#adapters/postgres/matching-reads.ts";
import type { DisposalRow, LotRow, PositionRow, SliceRow } from "#adapters/postgres/matched-key.ts";
import {
  formatMoney,
  formatPrice,
  formatQuantity,
  money,
  price,
  quantity,
  ZERO_MONEY,
  type Money,
  type Price,
} from "#domain/amounts.ts";
import type { Disposal, DisposalSlice } from "#domain/disposal.ts";
import { EMPTY_HOLDING, type Holding } from "#domain/holding.ts";
import { formatInstant } from "#domain/instant.ts";
import { invariant } from "#domain/invariant.ts";
import type { Income } from "#domain/ledger/ledger.ts";
import type { TaxLot } from "#domain/tax-lot.ts";

/** A stored lot as the domain knows it. */
export function taxLotOf(row: Omit<StoredLot, "portfolio_id" | "instrument_id">): TaxLot {
  const unit = row.unit === "1" ? undefined : BigInt(row.unit);
  const exactUnitCost =
    row.unit_cost_numerator === null || row.unit_cost_denominator === null
      ? undefined
      : { numerator: BigInt(row.unit_cost_numerator), denominator: BigInt(row.unit_cost_denominator) };
  return {
    id: row.id,
    side: row.side,
    openedAt: Date.parse(row.opened_at),
    openedSequence: row.opened_sequence,
    openedDate: row.opened_date,
    originalQuantity: quantity(row.original_quantity),
    originalCost: money(row.original_cost),
    remainingQuantity: quantity(row.remaining_quantity),
    unit,
    exactUnitCost,
    originalBaseCost: moneyOrUndefined(row.original_base_cost),
    openingRate: row.opening_rate === null ? undefined : price(row.opening_rate),
  };
}

/** A lot as it is stored; `isForeign`: its currency is not the portfolio's. */
export function lotRowOf(lot: TaxLot, isForeign: boolean): LotRow {
  invariant(lot.openedDate !== undefined, `lot ${lot.id} has no date`);
  return {
    id: lot.id,
    side: lot.side,
    opened_at: formatInstant(lot.openedAt),
    opened_sequence: lot.openedSequence,
    opened_date: lot.openedDate,
    original_quantity: formatQuantity(lot.originalQuantity),
    original_cost: formatMoney(lot.originalCost),
    remaining_quantity: formatQuantity(lot.remainingQuantity),
    unit: unitText(lot.unit),
    original_base_cost: isForeign ? moneyOrNull(lot.originalBaseCost) : null,
    opening_rate: isForeign ? priceOrNull(lot.openingRate) : null,
    unit_cost_numerator: lot.exactUnitCost === undefined ? null : String(lot.exactUnitCost.numerator),
    unit_cost_denominator: lot.exactUnitCost === undefined ? null : String(lot.exactUnitCost.denominator),
  };
}

/** A stored position with those of its lots that were read. */
export function holdingOf(position: StoredPosition | undefined, lots: readonly StoredLot[]): Holding {
  if (position === undefined) return EMPTY_HOLDING;
  const { base_cost_basis, base_realized_gain, exchange_gain } = position;
  const unit = position.unit === "1" ? {} : { unit: BigInt(position.unit) };
  const base =
    base_cost_basis === null || base_realized_gain === null || exchange_gain === null
      ? {}
      : {
          base: {
            costBasis: money(base_cost_basis),
            realizedGain: money(base_realized_gain),
            exchangeGain: money(exchange_gain),
          },
        };
  return {
    currency: position.currency ?? undefined,
    quantity: quantity(position.quantity),
    costBasis: money(position.cost_basis),
    realizedGain: money(position.realized_gain),
    fees: money(position.fees),
    lots: lots.map(taxLotOf),
    ...unit,
    ...base,
  };
}

/** The newest transaction that the figures of a key rest on. */
export interface LastPlace {
  readonly traded_at: string;
  readonly order_sequence: number;
}

/** A holding as it is stored. Figures in the base currency are left out where it is the instrument's own. */
export function positionRowOf(
  holding: Holding,
  { income, isForeign, last }: { income: readonly Income[]; isForeign: boolean; last: LastPlace },
): PositionRow {
  const base = isForeign ? holding.base : undefined;
  const sum = (part: (row: Income) => Money) =>
    formatMoney(income.reduce((total, row) => (total + part(row)) as Money, ZERO_MONEY));
  return {
    // A dividend gives an instrument its currency too, though nothing of it may ever have been held.
    currency: holding.currency ?? income[0]?.currency ?? null,
    quantity: formatQuantity(holding.quantity),
    unit: unitText(holding.unit),
    cost_basis: formatMoney(holding.costBasis),
    realized_gain: formatMoney(holding.realizedGain),
    fees: formatMoney(holding.fees),
    income: sum((row) => row.dividends),
    withheld_tax: sum((row) => row.withheld),
    income_fees: sum((row) => row.fees),
    base_cost_basis: moneyOrNull(base?.costBasis),
    base_realized_gain: moneyOrNull(base?.realizedGain),
    exchange_gain: moneyOrNull(base?.exchangeGain),
    last_traded_at: last.traded_at,
    last_order_sequence: last.order_sequence,
  };
}

/** A disposal as it is stored; `isForeign`: its instrument's currency is not the portfolio's. */
export function disposalRowOf(
  disposal: Disposal,
  { disposedSequence, isForeign }: { disposedSequence: number; isForeign: boolean },
): DisposalRow {
  invariant(disposal.disposedDate !== undefined, `disposal ${disposal.id} has no date`);
  const base = isForeign ? disposal.base : undefined;
  return {
    transaction_id: disposal.id,
    side: disposal.side,
    disposed_at: formatInstant(disposal.disposedAt),
    disposed_sequence: disposedSequence,
    disposed_date: disposal.disposedDate,
    quantity: formatQuantity(disposal.quantity),
    unit: unitText(disposal.unit),
    exchange_rate: isForeign ? priceOrNull(disposal.exchangeRate) : null,
    proceeds: formatMoney(disposal.proceeds),
    cost_basis: formatMoney(disposal.costBasis),
    realized_gain: formatMoney(disposal.realizedGain),
    base_proceeds: moneyOrNull(base?.proceeds),
    base_cost_basis: moneyOrNull(base?.costBasis),
    exchange_gain: moneyOrNull(base?.exchangeGain),
    slices: disposal.slices.map((slice, index) => sliceRowOf(slice, index + 1, isForeign)),
  };
}

function sliceRowOf(slice: DisposalSlice, number: number, isForeign: boolean): SliceRow {
  const base = isForeign ? slice.base : undefined;
  return {
    slice_number: number,
    lot_id: slice.lotId,
    quantity: formatQuantity(slice.quantity),
    proceeds: formatMoney(slice.proceeds),
    cost_basis: formatMoney(slice.costBasis),
    realized_gain: formatMoney(slice.realizedGain),
    base_proceeds: moneyOrNull(base?.proceeds),
    base_cost_basis: moneyOrNull(base?.costBasis),
    exchange_gain: moneyOrNull(base?.exchangeGain),
  };
}

function unitText(unit: bigint | undefined): string {
  return unit === undefined ? "1" : String(unit);
}

function moneyOrUndefined(text: string | null): Money | undefined {
  return text === null ? undefined : money(text);
}

function moneyOrNull(value: Money | undefined): string | null {
  return value === undefined ? null : formatMoney(value);
}

function priceOrNull(value: Price | undefined): string | null {
  return value === undefined ? null : formatPrice(value);
}
