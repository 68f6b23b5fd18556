import { announceAgain, hastenReplay, resolveDeadLetter } from "#adapters/postgres/dead-letter-writes.ts";
import { lockDeadLetter } from "#adapters/postgres/dead-letter-reads.ts";
import { storeOperatorAction, type Actor } from "#adapters/postgres/operators.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import { ok, refuse, type Result } from "#domain/result.ts";

export type ReplayRefusal = "dead-letter-not-found" | "dead-letter-resolved" | "nothing-to-replay";

/**
 * Has a dead letter tried once more, at once. For the role of operators: a matcher makes the attempt, in the order of the
 * ledger, and nothing is skipped. Of a record that cannot be read the portfolio that it names is looked at again.
 * Errors: dead-letter-not-found; dead-letter-resolved; nothing-to-replay, where a record names no portfolio.
 */
export function replayDeadLetter(
  db: Db,
  { id, actor }: { readonly id: string; readonly actor: Actor },
): Promise<Result<"asked" | "done", ReplayRefusal>> {
  return db.transaction().execute(async (trx) => {
    const letter = await lockDeadLetter(trx, id);
    if (letter === undefined) return refuse("dead-letter-not-found");
    if (letter.state !== "open") return refuse("dead-letter-resolved");
    if (letter.source === "matching") {
      await hastenReplay(trx, { id, portfolioId: letter.portfolio_id!, by: actor.name });
    } else {
      const named = portfolioNamedBy(letter.record_key, letter.record_value);
      if (named === undefined || !(await announceAgain(trx, named))) return refuse("nothing-to-replay");
      await resolveDeadLetter(trx, { id, state: "replayed", by: actor.name });
    }
    await storeOperatorAction(trx, { actor, action: "replay-dead-letter", subject: `dead-letter ${id}` });
    return ok(letter.source === "matching" ? "asked" : "done");
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Our records are keyed by portfolio; one whose key was lost may still name it in its value. */
function portfolioNamedBy(key: Buffer | null, value: Buffer | null): string | undefined {
  const named = [key?.toString("utf8"), portfolioIdIn(value)].find((text) => UUID.test(text ?? ""));
  return named?.toLowerCase();
}

function portfolioIdIn(value: Buffer | null): string | undefined {
  try {
    const parsed: unknown = JSON.parse((value ?? Buffer.alloc(0)).toString("utf8"));
    const id = typeof parsed === "object" && parsed !== null && "portfolioId" in parsed && parsed.portfolioId;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
