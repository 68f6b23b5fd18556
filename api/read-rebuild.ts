import { findRebuild, listTroubled } from "#adapters/postgres/rebuilds.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { Rebuild } from "#contracts/rebuilds.ts";
import { Refusal } from "./errors.ts";
import { toRebuild } from "./representations/rebuild.ts";

const TROUBLED_SHOWN_MAX = 100;

/** A request as operators see it. Errors: Refusal not-found. */
export async function readRebuild(operatorDb: Db, id: string): Promise<Rebuild> {
  const row = await findRebuild(operatorDb, id);
  if (row === undefined) throw new Refusal("not-found");
  const troubled = await listTroubled(operatorDb, id, TROUBLED_SHOWN_MAX);
  return {
    ...toRebuild(row),
    requestedBy: row.requested_by,
    portfolios: troubled.map(({ portfolio_id: portfolioId, differences, failure }) => ({
      portfolioId,
      differences,
      failure,
    })),
  };
}
