import { plainArray } from "./array-literal.ts";
import type { PositionRow } from "./derived-reads.ts";
import type { Db } from "./pool.ts";
import type { ProgressRow } from "./portfolios.ts";
import { prepare } from "./prepared.ts";
import { run } from "./run-prepared.ts";

/** A portfolio that somebody watches, and how far the figures that are at hand follow it. */
export interface WatchedKey {
  readonly ownerId: string;
  readonly portfolioId: string;
  /** Undefined: nothing is at hand. */
  readonly known: KnownFigures | undefined;
}

export interface KnownFigures {
  readonly epoch: number;
  readonly applied: number;
  /** The highest `last_order_sequence` of the positions at hand. */
  readonly orderSequence: number;
}

export interface WatchedPortfolio {
  readonly progress: ProgressRow;
  readonly baseCurrency: string;
  /** Whether these are all positions, or only those that changed since what is known. */
  readonly isWhole: boolean;
  readonly positions: readonly WatchedPosition[];
}

export type WatchedPosition = PositionRow & { readonly last_order_sequence: number };

/** A row of watched_portfolios(). Without a symbol there is no position to tell of. */
type Row = Omit<WatchedPosition, "symbol"> &
  ProgressRow & {
    readonly number: number;
    readonly whole: boolean;
    readonly symbol: string | null;
  };

/**
 * Portfolios of any users as they stood at one moment, by the function watched_portfolios (migrations/0011), which
 * makes sure that each belongs to the user it is asked for.
 * Shape: one answer for each key, in their order; undefined where there is no such portfolio of this owner.
 */
export async function readWatchedPortfolios(
  db: Db,
  keys: readonly WatchedKey[],
): Promise<(WatchedPortfolio | undefined)[]> {
  const rows = await run<Row>(db, READ, [
    plainArray(keys.map((key) => key.ownerId)),
    plainArray(keys.map((key) => key.portfolioId)),
    plainArray(keys.map((key) => key.known?.epoch)),
    plainArray(keys.map((key) => key.known?.applied)),
    plainArray(keys.map((key) => key.known?.orderSequence)),
  ]);
  const found = Map.groupBy(rows, (row) => row.number);
  return keys.map((_, index) => {
    const ofOne = found.get(index + 1);
    if (ofOne === undefined) return undefined;
    const first = ofOne[0]!;
    const positions = ofOne.flatMap((row) => positionOf(row) ?? []);
    return {
      progress: progressOf(first),
      baseCurrency: first.base_currency,
      isWhole: first.whole,
      positions,
    };
  });
}

const READ = prepare(
  "read-watched-portfolios",
  "select * from watched_portfolios($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[])",
);

function progressOf(row: Row): ProgressRow {
  const { portfolio_id, head, applied, epoch } = row;
  const { parked_at, parked_reason, parked_portfolio_id, parked_sequence, parked_transaction_id } = row;
  const parked = { parked_at, parked_reason, parked_portfolio_id, parked_sequence, parked_transaction_id };
  return { portfolio_id, head, applied, epoch, ...parked };
}

function positionOf(row: Row): WatchedPosition | undefined {
  if (row.symbol === null) return undefined;
  const {
    number: _number,
    whole: _whole,
    head: _head,
    applied: _applied,
    epoch: _epoch,
    symbol,
    ...rest
  } = row;
  const { parked_at: _at, parked_reason: _reason, parked_portfolio_id: _portfolio, ...own } = rest;
  const { parked_sequence: _sequence, parked_transaction_id: _transaction, ...position } = own;
  return { ...position, symbol };
}
