import { keepsWaiting, resolveDeadLetter } from "#adapters/postgres/dead-letter-writes.ts";
import { lockDeadLetter } from "#adapters/postgres/dead-letter-reads.ts";
import { storeOperatorAction, type Actor } from "#adapters/postgres/operators.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

/**
 * Puts a dead letter away that nothing depends on: an unreadable record, or one that has been replayed. Discarded twice it
 * stays as it was. For the role of operators.
 * Errors: dead-letter-not-found; dead-letter-blocks while a portfolio waits for it: an event of a ledger is never skipped.
 */
export function discardDeadLetter(
  db: Db,
  { id, actor, reason }: { readonly id: string; readonly actor: Actor; readonly reason: string },
): Promise<Result<"discarded", "dead-letter-not-found" | "dead-letter-blocks">> {
  return db.transaction().execute(async (trx) => {
    const letter = await lockDeadLetter(trx, id);
    if (letter === undefined) return refuse("dead-letter-not-found");
    if (letter.state === "discarded") return ok("discarded");
    const isBlocking =
      letter.source === "matching" &&
      letter.state === "open" &&
      (await keepsWaiting(trx, letter.portfolio_id!));
    if (isBlocking) return refuse("dead-letter-blocks");
    await resolveDeadLetter(trx, { id, state: "discarded", by: actor.name });
    await storeOperatorAction(trx, {
      actor,
      action: "discard-dead-letter",
      subject: `dead-letter ${id}`,
      reason,
    });
    return ok("discarded");
  });
}
