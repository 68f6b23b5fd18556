/*
 * Trades as the rows that matching reads, and what matching gives back as the rows that the next batch reads: what
 * PostgreSQL does in the product, kept in memory, the same for every side of a comparison.
 */
import type { LedgerVersion, StoredLot, StoredPosition } from "#adapters/postgres/matching-reads.ts";
import type { MatchedKey } from "#adapters/postgres/matched-key.ts";
import type { LedgerRules } from "#domain/match-lots.ts";
import type { Append, RuledPortfolio } from "#use-cases/match-work.ts";
import type { WrittenTrade } from "./trades.ts";

const INSTRUMENT_ID = 17;

/** One instrument of one portfolio, as far as it is stored. */
export interface StoredKey {
  readonly portfolio: RuledPortfolio;
  readonly position: StoredPosition | undefined;
  /** Shape: open ones, oldest first. */
  readonly lots: readonly StoredLot[];
}

/** A portfolio that trades one instrument in its own currency, before its first trade. */
export function emptyKey({ method, allowShort }: LedgerRules, seed: number): StoredKey {
  const portfolio: RuledPortfolio = {
    portfolio_id: idOf(seed, 0),
    base_currency: "USD",
    lot_method: method,
    allow_short: allowShort,
    track_cash: false,
  };
  return { portfolio, position: undefined, lots: [] };
}

/** The trades as they are recorded in the portfolio. Shape: rows with every column, null where a trade has none. */
export function versionsOf(trades: readonly WrittenTrade[], key: StoredKey, seed: number): LedgerVersion[] {
  const versions: LedgerVersion[] = trades.map((trade) => {
    const tradedAt = new Date(trade.tradedAt).toISOString();
    return {
      portfolio_id: key.portfolio.portfolio_id,
      sequence: trade.orderSequence,
      id: idOf(seed, trade.orderSequence),
      version: 1,
      withdrawn: false,
      order_sequence: trade.orderSequence,
      instrument_id: INSTRUMENT_ID,
      to_instrument_id: null,
      type: trade.type,
      quantity: trade.quantity,
      price: trade.price,
      amount: null,
      fees: trade.fees,
      tax: "0",
      currency: trade.currency,
      exchange_rate: null,
      lots: null,
      ratio_new: null,
      ratio_old: null,
      to_portfolio_id: null,
      cost_basis: null,
      acquired_at: null,
      acquired_date: null,
      cost_share: null,
      cash_per_share: null,
      traded_at: tradedAt,
      trade_date: tradedAt.slice(0, 10),
    };
  });
  // As a driver makes them: each field of each row is a string of its own.
  return structuredClone(versions);
}

/** What there is to match when these rows are new. */
export function appendOf(
  { portfolio, position, lots }: StoredKey,
  versions: readonly LedgerVersion[],
): Append {
  const key = { portfolioId: portfolio.portfolio_id, instrumentId: INSTRUMENT_ID };
  return { kind: "append", portfolio, key, versions, position, lots };
}

/** The key once the result is stored. */
export function stored({ portfolio, lots }: StoredKey, matched: MatchedKey): StoredKey {
  const place = { portfolio_id: matched.portfolioId, instrument_id: matched.instrumentId };
  const byId = new Map(lots.map((lot) => [lot.id, lot]));
  for (const lot of matched.lots) byId.set(lot.id, { ...place, ...lot });
  return {
    portfolio,
    position: matched.position && { ...place, ...matched.position },
    lots: [...byId.values()]
      .filter((lot) => Number(lot.remaining_quantity) > 0)
      .toSorted((a, b) => a.opened_sequence - b.opened_sequence),
  };
}

/** A made-up id of the form that the product's ids have. */
function idOf(seed: number, index: number): string {
  const [left, right] = [hexOf(seed, 8), hexOf(index, 12)];
  return `${left}-0000-7000-8000-${right}`;
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
