import type { StoredLot } from "#adapters/postgres/matching-reads.ts";
import { money, quantity } from "#domain/amounts.ts";
import type { TaxLot } from "#domain/tax-lot.ts";

/** A stored lot as the domain knows it. */
export function taxLotOf(row: Omit<StoredLot, "portfolio_id" | "instrument_id">): TaxLot {
  return {
    id: row.id,
    side: row.side,
    openedAt: Date.parse(row.opened_at),
    openedSequence: row.opened_sequence,
    originalQuantity: quantity(row.original_quantity),
    originalCost: money(row.original_cost),
    remainingQuantity: quantity(row.remaining_quantity),
  };
}
