import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import type { LotMethod } from "#contracts/portfolios.ts";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import type { TransactionContent } from "#adapters/postgres/transaction-content.ts";
import { compareFigures } from "#testing/ledger-figures.ts";
import type { Standing } from "#testing/random-ledger.ts";

/**
 * One customer at one moment of a run.
 *   right      every figure is what the second engine makes of the ledgers up to where they are matched
 *   wrong      one is not, or a ledger has a gap
 *   undecided  a figure is too near a tie of rounding to tell
 *   skipped    the rules have just changed, and by which of them the figures came about is not known any more
 */
export interface Snapshot {
  readonly verdict: "right" | "wrong" | "undecided" | "skipped";
  readonly detail?: string;
}

/** Takes a snapshot of all portfolios of one owner. For the owner of the tables, who sees all rows. */
export function takeSnapshot(owner: Db, portfolioIds: readonly string[]): Promise<Snapshot> {
  return owner
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (trx) => {
      const portfolios = await readPortfolios(trx, portfolioIds);
      const gaps = portfolios.filter(
        (row) => row.versions !== row.head || row.newest !== row.head || row.applied > row.head,
      );
      if (gaps.length > 0) return { verdict: "wrong", detail: `gaps: ${JSON.stringify(gaps)}` };
      if (portfolios.some((row) => row.rules_version !== row.applied_rules_version))
        return { verdict: "skipped" };
      const unbalanced = await readUnbalanced(trx, portfolioIds);
      if (unbalanced.length > 0)
        return { verdict: "wrong", detail: `slices do not add up: ${unbalanced.join(", ")}` };
      const settings = new Map(
        portfolios.map((row) => [
          row.id,
          {
            baseCurrency: row.base_currency,
            lotMethod: row.lot_method,
            allowShort: row.allow_short,
            trackCash: row.track_cash,
          },
        ]),
      );
      const groups = await compareFigures(trx, settings, await readStanding(trx, portfolioIds));
      const differing = groups.filter(({ stored, expected }) => !isDeepStrictEqual(stored, expected));
      const wrong = differing.find(({ isNearTie }) => !isNearTie);
      if (wrong !== undefined) {
        const { keys, stored, expected } = wrong;
        return { verdict: "wrong", detail: JSON.stringify({ portfolios, keys, stored, expected }) };
      }
      return { verdict: differing.length > 0 ? "undecided" : "right" };
    });
}

interface PortfolioRow {
  readonly id: string;
  readonly base_currency: string;
  readonly lot_method: LotMethod;
  readonly allow_short: boolean;
  readonly track_cash: boolean;
  readonly rules_version: number;
  readonly applied_rules_version: number;
  readonly applied: number;
  readonly epoch: number;
  readonly head: number;
  readonly versions: number;
  readonly newest: number;
}

async function readPortfolios(trx: Trx, ids: readonly string[]): Promise<readonly PortfolioRow[]> {
  const { rows } = await sql<PortfolioRow>`
    select p.id, p.base_currency, p.lot_method, p.allow_short, p.track_cash, p.rules_version,
      s.rules_version as applied_rules_version, s.applied_sequence as applied, s.epoch, h.head_sequence as head,
      t.versions, t.newest
    from portfolio p
    join portfolio_state s on s.portfolio_id = p.id
    join ledger_head h on h.portfolio_id = p.id
    cross join lateral (
      select count(*) as versions, coalesce(max(sequence), 0) as newest from transaction where portfolio_id = p.id) t
    where p.id = any (${[...ids]}::uuid[])
    order by p.id`.execute(trx);
  return rows;
}

/** Disposals whose slices do not add up to them: the conservation law that no constraint can state. */
async function readUnbalanced(trx: Trx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ transaction_id: string }>`
    select d.transaction_id from disposal d
    left join disposal_slice s using (portfolio_id, transaction_id)
    where d.portfolio_id = any (${[...ids]}::uuid[])
    group by d.portfolio_id, d.transaction_id
    having (coalesce(sum(s.quantity), 0), coalesce(sum(s.proceeds), 0), coalesce(sum(s.cost_basis), 0),
        coalesce(sum(s.realized_gain), 0))
      is distinct from (d.quantity, d.proceeds, d.cost_basis, d.realized_gain)`.execute(trx);
  return rows.map((row) => row.transaction_id);
}

interface VersionRow extends TransactionContent {
  readonly portfolio_id: string;
  readonly id: string;
  readonly order_sequence: number;
  readonly withdrawn: boolean;
  readonly symbol: string | null;
  readonly to_symbol: string | null;
}

/** What stands of the ledgers up to where they are matched. */
async function readStanding(trx: Trx, ids: readonly string[]): Promise<Standing[]> {
  const { rows } = await sql<VersionRow>`
    select distinct on (t.portfolio_id, t.id) t.*, i.symbol, j.symbol as to_symbol
    from transaction t
    join portfolio_state s on s.portfolio_id = t.portfolio_id and t.sequence <= s.applied_sequence
    left join instrument i on i.id = t.instrument_id
    left join instrument j on j.id = t.to_instrument_id
    where t.portfolio_id = any (${[...ids]}::uuid[])
    order by t.portfolio_id, t.id, t.version desc`.execute(trx);
  return rows.filter((row) => !row.withdrawn).map(standingOf);
}

function standingOf(row: VersionRow): Standing {
  const content = {
    type: row.type,
    symbol: row.symbol,
    quantity: row.quantity,
    price: row.price,
    amount: row.amount,
    fees: row.fees,
    tax: row.tax,
    currency: row.currency,
    exchangeRate: row.exchange_rate,
    lots: row.lots,
    ratio: row.ratio_new === null ? null : `${row.ratio_new}:${row.ratio_old}`,
    toPortfolioId: row.to_portfolio_id,
    toSymbol: row.to_symbol,
    costBasis: row.cost_basis,
    acquiredAt: row.acquired_at,
    costShare: row.cost_share,
    cashPerShare: row.cash_per_share,
    tradedAt: row.traded_at,
  };
  const given = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
  return {
    id: row.id,
    place: row.order_sequence,
    portfolioId: row.portfolio_id,
    content: given as unknown as Standing["content"],
  };
}
