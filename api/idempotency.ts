import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { Refusal } from "./errors.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The Idempotency-Key of a request, with a fingerprint of what it asks for. Undefined without the header.
 * Source: draft-ietf-httpapi-idempotency-key-header-07. Errors: Refusal invalid-idempotency-key.
 */
export function idempotencyOf(request: FastifyRequest): { key: string; fingerprint: string } | undefined {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return undefined;
  if (typeof key !== "string" || !KEY.test(key)) {
    throw new Refusal("invalid-idempotency-key", undefined, [
      { path: "/idempotency-key", code: "pattern", message: "must be 1 to 255 visible ASCII characters" },
    ]);
  }
  const asked = `${request.method} ${request.url} ${canonicalJson(request.body)}`;
  return { key, fingerprint: createHash("sha256").update(asked).digest("hex") };
}

/** JSON with members in one order, so that the same content has the same text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
