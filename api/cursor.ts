import type { LedgerPlace } from "#adapters/postgres/derived-reads.ts";
import { Refusal } from "./errors.ts";
import { isInstant } from "./validation.ts";

/** Turns the place after which a page begins into opaque text, and back. */
export function encodeCursor(place: LedgerPlace): string {
  return Buffer.from(JSON.stringify([place.at, place.sequence])).toString("base64url");
}

/** The same for what is paged by id, newest first. Ids that begin with a time sort by it. */
export function encodeIdCursor(id: string): string {
  return Buffer.from(id).toString("base64url");
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Errors: Refusal invalid-cursor. */
export function decodeIdCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, "base64url").toString("utf8");
  if (UUID.test(id)) return id;
  throw invalidCursor();
}

/** The same for what is paged by a number. */
export function encodeNumberCursor(number: number): string {
  return Buffer.from(`#${number}`).toString("base64url");
}

/** Errors: Refusal invalid-cursor. */
export function decodeNumberCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const number = /^#([1-9]\d{0,15})$/.exec(Buffer.from(cursor, "base64url").toString("utf8"))?.[1];
  if (number !== undefined && Number.isSafeInteger(Number(number))) return Number(number);
  throw invalidCursor();
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
  throw invalidCursor();
}

function invalidCursor(): Refusal {
  return new Refusal("invalid-cursor", undefined, [
    { path: "/cursor", code: "cursor", message: "must be the nextCursor of a page" },
  ]);
}
