import type { LedgerPlace } from "#adapters/postgres/derived-reads.ts";
import { Refusal } from "./errors.ts";
import { isInstant } from "./validation.ts";

/** Turns the place after which a page begins into opaque text, and back. */
export function encodeCursor(place: LedgerPlace): string {
  return Buffer.from(JSON.stringify([place.at, place.sequence])).toString("base64url");
}

/** Errors: Refusal invalid-cursor. */
export function decodeCursor(cursor: string | undefined): LedgerPlace | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [at, sequence] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")) as unknown[];
    if (typeof at === "string" && isInstant(at) && Number.isSafeInteger(sequence)) {
      return { at, sequence: sequence as number };
    }
  } catch {
    // Not ours: answered below.
  }
  throw new Refusal("invalid-cursor", undefined, [
    { path: "/cursor", code: "cursor", message: "must be the nextCursor of a page" },
  ]);
}
