import { sql } from "kysely";
import type { Trx } from "./pool.ts";

/* Reads of derived state. Callers have made sure that the portfolio is the user's; row-level security does so again. */

export interface PositionRow {
  readonly portfolio_id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly quantity: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
  readonly fees: string;
}

/** Positions that ever had an accepted transaction, closed ones included. Shape: by portfolio and symbol. */
export function readPositionRows(trx: Trx, portfolioIds: readonly string[]): Promise<PositionRow[]> {
  if (portfolioIds.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom("position as p")
    .innerJoin("instrument as i", "i.id", "p.instrument_id")
    .select([
      "p.portfolio_id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "p.quantity",
      "p.cost_basis",
      "p.realized_gain",
      "p.fees",
    ])
    .where("p.portfolio_id", "in", [...portfolioIds])
    .where("p.currency", "is not", null)
    .orderBy("p.portfolio_id")
    .orderBy("i.symbol")
    .execute();
}

export interface LotRow {
  readonly id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly side: "long" | "short";
  readonly opened_at: string;
  readonly opened_sequence: number;
  readonly opened_date: string;
  readonly original_quantity: string;
  readonly original_cost: string;
  readonly remaining_quantity: string;
}

/** Open lots of one instrument, oldest first. */
export function readLotRows(trx: Trx, key: { portfolioId: string; symbol: string }): Promise<LotRow[]> {
  return trx
    .selectFrom("tax_lot as l")
    .innerJoin("instrument as i", "i.id", "l.instrument_id")
    .innerJoin("position as p", (join) =>
      join.onRef("p.portfolio_id", "=", "l.portfolio_id").onRef("p.instrument_id", "=", "l.instrument_id"),
    )
    .select([
      "l.id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "l.side",
      "l.opened_at",
      "l.opened_sequence",
      "l.opened_date",
      "l.original_quantity",
      "l.original_cost",
      "l.remaining_quantity",
    ])
    .where("l.portfolio_id", "=", key.portfolioId)
    .where("i.symbol", "=", key.symbol)
    .where("l.remaining_quantity", ">", "0")
    .orderBy("l.opened_at")
    .orderBy("l.opened_sequence")
    .execute();
}

export interface DisposalRow {
  readonly transaction_id: string;
  readonly symbol: string;
  readonly currency: string;
  readonly side: "long" | "short";
  readonly disposed_at: string;
  readonly disposed_sequence: number;
  readonly disposed_date: string;
  readonly quantity: string;
  readonly proceeds: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
}

/** Place in a listing that is ordered by (instant, sequence). */
export interface LedgerPlace {
  readonly at: string;
  readonly sequence: number;
}

/** Newest first, after `after`. */
export function readDisposalRows(
  trx: Trx,
  query: { portfolioId: string; symbol?: string; after?: LedgerPlace; limit: number },
): Promise<DisposalRow[]> {
  return trx
    .selectFrom("disposal as d")
    .innerJoin("instrument as i", "i.id", "d.instrument_id")
    .innerJoin("position as p", (join) =>
      join.onRef("p.portfolio_id", "=", "d.portfolio_id").onRef("p.instrument_id", "=", "d.instrument_id"),
    )
    .select([
      "d.transaction_id",
      "i.symbol",
      sql<string>`p.currency`.as("currency"),
      "d.side",
      "d.disposed_at",
      "d.disposed_sequence",
      "d.disposed_date",
      "d.quantity",
      "d.proceeds",
      "d.cost_basis",
      "d.realized_gain",
    ])
    .where("d.portfolio_id", "=", query.portfolioId)
    .$if(query.symbol !== undefined, (rows) => rows.where("i.symbol", "=", query.symbol!))
    .$if(query.after !== undefined, (rows) =>
      rows.where(
        sql<boolean>`(d.disposed_at, d.disposed_sequence) < (${query.after!.at}::timestamptz, ${query.after!.sequence}::bigint)`,
      ),
    )
    .orderBy("d.disposed_at", "desc")
    .orderBy("d.disposed_sequence", "desc")
    .limit(query.limit)
    .execute();
}

export interface SliceRow {
  readonly transaction_id: string;
  readonly lot_id: string;
  readonly opened_at: string;
  readonly opened_date: string;
  readonly quantity: string;
  readonly proceeds: string;
  readonly cost_basis: string;
  readonly realized_gain: string;
}

/** Slices of disposals, in matching order within each. */
export function readSliceRows(
  trx: Trx,
  key: { portfolioId: string; transactionIds: readonly string[] },
): Promise<SliceRow[]> {
  if (key.transactionIds.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom("disposal_slice as s")
    .innerJoin("tax_lot as l", (join) =>
      join.onRef("l.portfolio_id", "=", "s.portfolio_id").onRef("l.id", "=", "s.lot_id"),
    )
    .select([
      "s.transaction_id",
      "s.lot_id",
      "l.opened_at",
      "l.opened_date",
      "s.quantity",
      "s.proceeds",
      "s.cost_basis",
      "s.realized_gain",
    ])
    .where("s.portfolio_id", "=", key.portfolioId)
    .where("s.transaction_id", "in", [...key.transactionIds])
    .orderBy("s.transaction_id")
    .orderBy("s.slice_number")
    .execute();
}
