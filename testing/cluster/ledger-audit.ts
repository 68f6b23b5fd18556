import { sql } from "kysely";
import type { Db } from "#adapters/postgres/pool.ts";
import type { TradingLoad } from "./trading-load.ts";

/** What is wrong with a ledger, measured by what users were promised. All lists are empty when nothing is. */
export interface LedgerFaults {
  /** Acknowledged, and not in the ledger exactly once at the place that was named. */
  readonly missing: readonly string[];
  /** In the ledger, and never sent. */
  readonly unasked: readonly string[];
  /** Portfolios whose sequences are not 1, 2, 3, … up to their head. */
  readonly gaps: readonly string[];
}

/** Compares the ledger with everything that the load sent and was promised. For the owner, who sees all rows. */
export async function auditLedger(owner: Db, load: TradingLoad): Promise<LedgerFaults> {
  const { rows } = await sql<{ id: string; portfolio_id: string; sequence: number }>`
    select id, portfolio_id, sequence from transaction where version = 1`.execute(owner);
  const places = Map.groupBy(rows, (row) => row.id);
  const gaps = await sql<{ portfolio_id: string }>`
    select h.portfolio_id from ledger_head h left join transaction t on t.portfolio_id = h.portfolio_id
    group by h.portfolio_id, h.head_sequence
    having count(t.sequence) <> h.head_sequence or coalesce(max(t.sequence), 0) <> h.head_sequence`.execute(
    owner,
  );
  return {
    missing: [...load.acknowledged]
      .filter(([id, promised]) => {
        const [row, ...doubles] = places.get(id) ?? [];
        const isKept = row?.portfolio_id === promised.portfolioId && row.sequence === promised.sequence;
        return !isKept || doubles.length > 0;
      })
      .map(([id]) => id),
    unasked: rows.filter((row) => !load.attempted.has(row.id)).map((row) => row.id),
    gaps: gaps.rows.map((row) => row.portfolio_id),
  };
}

/**
 * Resolves when everything recorded up to now is matched, with the milliseconds that took.
 * Errors: rejects after `withinMs`, naming what is behind.
 */
export async function untilCaughtUp(owner: Db, withinMs: number): Promise<number> {
  const began = performance.now();
  const { rows: heads } = await sql<{ portfolio_id: string; head: number }>`
    select portfolio_id, head_sequence as head from ledger_head`.execute(owner);
  for (;;) {
    const { rows: behind } = await sql<{ portfolio_id: string; applied: number; parked: string | null }>`
      select s.portfolio_id, s.applied_sequence as applied, s.parked_reason as parked
      from portfolio_state s
      join unnest(${heads.map((row) => row.portfolio_id)}::uuid[], ${heads.map((row) => row.head)}::bigint[])
        as h (portfolio_id, head) on h.portfolio_id = s.portfolio_id
      where s.applied_sequence < h.head`.execute(owner);
    if (behind.length === 0) return performance.now() - began;
    if (performance.now() - began > withinMs) {
      throw new Error(`still behind after ${withinMs} ms: ${JSON.stringify(behind)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
