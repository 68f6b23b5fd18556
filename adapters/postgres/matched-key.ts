import type { Selectable } from "kysely";
import type { OutcomeReason } from "#contracts/transactions.ts";
import { NO_INSTRUMENT, type MatchingKey, type StoredLot, type StoredPosition } from "./matching-reads.ts";
import type { Database } from "./schema.ts";

/** What matching one key came to, as rows to store. `rebuilt` keys are whole; the others add to what is there. */
export interface MatchedKey extends MatchingKey {
  readonly rebuilt: boolean;
  /** Undefined for money alone, and when no transaction of the key is left. */
  readonly position: PositionRow | undefined;
  /** Of a rebuilt key every lot it ever had, of the others what changed. */
  readonly lots: readonly LotRow[];
  /** The lots that the others were continued from, as they stand. */
  readonly lotsBefore: readonly StoredLot[];
  readonly disposals: readonly DisposalRow[];
  readonly cashFlows: readonly CashFlowRow[];
  readonly rejections: readonly { readonly transactionId: string; readonly reason: OutcomeReason }[];
}

type Place = "portfolio_id" | "instrument_id";

export type PositionRow = Omit<StoredPosition, Place>;
export type LotRow = Omit<StoredLot, Place>;
export type CashFlowRow = Omit<Selectable<Database["cash_flow"]>, Place>;

export interface DisposalRow extends Omit<Selectable<Database["disposal"]>, Place> {
  readonly slices: readonly SliceRow[];
}
export type SliceRow = Omit<Selectable<Database["disposal_slice"]>, Place | "transaction_id">;

/** All rows of keys, by table. */
export function rowsOf(keys: readonly MatchedKey[]) {
  const each = <Row>(of: (key: MatchedKey) => readonly Row[]) =>
    keys.flatMap((key) =>
      of(key).map((row) => ({
        portfolio_id: key.portfolioId,
        instrument_id: key.instrumentId === NO_INSTRUMENT ? null : key.instrumentId,
        ...row,
      })),
    );
  return {
    positions: each((key) => (key.position === undefined ? [] : [key.position])),
    lots: each((key) => key.lots),
    disposals: each((key) => key.disposals),
    slices: each((key) =>
      key.disposals.flatMap(({ transaction_id, slices }) =>
        slices.map((slice) => ({ transaction_id, ...slice })),
      ),
    ),
    cashFlows: each((key) => key.cashFlows),
    rejections: each((key) =>
      key.rejections.map(({ transactionId, reason }) => ({ transaction_id: transactionId, reason })),
    ),
  };
}
