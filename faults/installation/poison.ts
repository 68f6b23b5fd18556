import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db, Trx } from "#adapters/postgres/pool.ts";
import { mendLots, poisonLots } from "#testing/poison.ts";

/* Poison (testing/poison.ts) in an installation where everybody is at work on the same tables. */

const ATTEMPTS = 12;
const BREATHER_MS = 200;

/** Refuses lots of this quantity from now on, others besides. */
export async function refuseLotsOf(owner: Db, quantity: string): Promise<void> {
  await inPassing(owner, (trx) => poisonLots(trx, quantity));
}

export async function refuseNoLots(owner: Db): Promise<void> {
  await inPassing(owner, mendLots);
}

export async function isParked(owner: Db, portfolioId: string): Promise<boolean> {
  const { rows } = await sql`
    select from portfolio_state where portfolio_id = ${portfolioId} and parked_at is not null`.execute(owner);
  return rows.length > 0;
}

/** Nobody is to wait behind us for long while we wait for a lock: rather we come again. */
async function inPassing(owner: Db, work: (trx: Trx) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await owner.transaction().execute(async (trx) => {
        await sql`set local lock_timeout = '500ms'`.execute(trx);
        await work(trx);
      });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(Math.random() * BREATHER_MS);
    }
  }
}
