import { v7 as uuidv7 } from "uuid";
import { storeOperatorAction, type Actor } from "#adapters/postgres/operators.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { insertReconciliation } from "#adapters/postgres/reconciliations.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

/**
 * Begins, as an operator, a round of reconciliation, which the workers then go through. Returns its id.
 * Errors: reconciliation-in-progress.
 */
export function requestReconciliation(
  operatorDb: Db,
  request: { readonly actor: Actor; readonly isFull: boolean },
): Promise<Result<string, "reconciliation-in-progress">> {
  const { actor, isFull } = request;
  return operatorDb.transaction().execute(async (trx) => {
    const id = uuidv7();
    const begun = await insertReconciliation(trx, { id, requestedBy: actor.name, isFull });
    if (!begun) return refuse("reconciliation-in-progress");
    await storeOperatorAction(trx, { actor, action: "reconcile", subject: `reconciliation ${id}` });
    return ok(id);
  });
}
