import { sql } from "kysely";
import { announce } from "./ledger.ts";
import type { Trx } from "./pool.ts";

/* What operators do with dead letters. The caller has locked them. */

/** Makes the portfolios that wait for a dead letter due, in the name of whoever asks. */
export async function hastenReplay(
  trx: Trx,
  letter: { readonly id: string; readonly portfolioId: string; readonly by: string },
): Promise<void> {
  await sql`update dead_letter set replay_asked_by = ${letter.by} where id = ${letter.id}`.execute(trx);
  await sql`
    update portfolio_state set retry_at = clock_timestamp()
    where portfolio_id = ${letter.portfolioId} and failures > 0`.execute(trx);
}

export async function resolveDeadLetter(
  trx: Trx,
  letter: { readonly id: string; readonly state: "replayed" | "discarded"; readonly by: string },
): Promise<void> {
  await sql`
    update dead_letter
    set state = ${letter.state}, resolved_at = clock_timestamp(), resolved_by = ${letter.by}, replay_asked_by = null
    where id = ${letter.id}`.execute(trx);
}

/** Whether a portfolio that is not deleted is parked for what is wrong with this one. */
export async function keepsWaiting(trx: Trx, portfolioId: string): Promise<boolean> {
  const { rows } = await sql`
    select from portfolio_state s
    join portfolio p on p.id = s.portfolio_id and p.deleted_at is null
    where s.parked_at is not null and s.parked_portfolio_id = ${portfolioId}
    limit 1`.execute(trx);
  return rows.length > 0;
}

/** Rings the bell for a portfolio. False when there is no such portfolio. */
export async function announceAgain(trx: Trx, portfolioId: string): Promise<boolean> {
  const { rows } = await sql<{ head_sequence: number }>`
    select head_sequence from ledger_head where portfolio_id = ${portfolioId}`.execute(trx);
  if (rows[0] === undefined) return false;
  await announce(trx, { portfolioId, sequence: rows[0].head_sequence });
  return true;
}
