import { findDeadLetter } from "#adapters/postgres/dead-letter-reads.ts";
import type { Db } from "#adapters/postgres/pool.ts";
import type { DeadLetter } from "#contracts/dead-letters.ts";
import { Refusal } from "./errors.ts";
import { toDeadLetter } from "./representations/dead-letter.ts";

/** Errors: Refusal dead-letter-not-found. */
export async function readDeadLetter(operatorDb: Db, id: string): Promise<DeadLetter> {
  const row = await findDeadLetter(operatorDb, id);
  if (row === undefined) throw new Refusal("dead-letter-not-found");
  return toDeadLetter(row);
}
