import { sql } from "kysely";
import { plainArray } from "./array-literal.ts";
import { rowsOf, type MatchedKey } from "./matched-key.ts";
import type { LedgerVersion, LockedPortfolio } from "./matching-reads.ts";
import type { Trx } from "./pool.ts";
import { reopenPortfolios } from "./portfolios.ts";
import { prepare } from "./prepared.ts";
import { run } from "./run-prepared.ts";
import { saveRebuilt, type SavedRebuild } from "./save-rebuilt.ts";
import { saveContinued } from "./save-continued.ts";

/**
 * Stores matched keys, one statement per table whatever their number. What continued keys add is new, and what they
 * change of lots is mostly how much is left. Of rebuilt keys rows that stand already as they should are left alone, so
 * that only differences are written.
 */
export async function saveMatchedKeys(trx: Trx, keys: readonly MatchedKey[]): Promise<SavedRebuild> {
  const rebuilt = keys.filter((key) => key.rebuilt);
  const saved = await saveRebuilt(trx, rebuilt, rowsOf(rebuilt));
  await saveContinued(
    trx,
    keys.filter((key) => !key.rebuilt),
  );
  return saved;
}

/** How far a portfolio came. `isAdvanced` false: its figures changed with another's, its own news still waits. */
export interface Advanced {
  readonly portfolio: LockedPortfolio;
  readonly applied: number;
  readonly epoch: number;
  readonly isAdvanced: boolean;
}

/** Says how far each portfolio is matched now. */
export async function advancePortfolios(trx: Trx, advanced: readonly Advanced[]): Promise<void> {
  const column = (value: (row: Advanced) => string | number) => plainArray(advanced.map(value));
  await run(trx, ADVANCE, [
    column((row) => row.portfolio.portfolio_id),
    column((row) => row.applied),
    column((row) => row.epoch),
    column((row) => row.portfolio.rules_version),
    column((row) => String(row.isAdvanced)),
  ]);
}

const ADVANCE = prepare(
  "advance-portfolios",
  `update portfolio_state s
  set applied_sequence = a.applied, epoch = a.epoch, updated_at = clock_timestamp(),
    rules_version = case when a.is_advanced then a.rules_version else s.rules_version end
  from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::integer[], $5::boolean[])
    as a (portfolio_id, applied, epoch, rules_version, is_advanced)
  where s.portfolio_id = a.portfolio_id`,
);

/**
 * Marks all other portfolios of the owners as out of date, where one of the versions is, or was, a split: it concerns them
 * all, also those that hold nothing of it yet, since what they record next may be dated before it.
 */
export async function reopenSiblings(
  trx: Trx,
  versions: readonly Pick<LedgerVersion, "portfolio_id" | "id">[],
): Promise<void> {
  if (versions.length === 0) return;
  const { rows: siblings } = await sql<{ id: string }>`
    with split as (
      select distinct p.id as portfolio_id, p.owner_id
      from unnest(${versions.map((row) => row.portfolio_id)}::uuid[], ${versions.map((row) => row.id)}::uuid[])
        as v (portfolio_id, id)
      join transaction t on t.portfolio_id = v.portfolio_id and t.id = v.id and t.type = 'split'
      join portfolio p on p.id = t.portfolio_id
    )
    select o.id from portfolio o
    where o.deleted_at is null
      and exists (select from split where split.owner_id = o.owner_id and split.portfolio_id <> o.id)
    order by o.id
    for no key update`.execute(trx);
  await reopenPortfolios(
    trx,
    siblings.map((row) => row.id),
  );
}
