import { createHmac } from "node:crypto";
import bcrypt from "bcrypt";
import { Limiter } from "./limiter.ts";

/**
 * Passwords are kept as bcrypt(base64(HMAC-SHA-256(password))). bcrypt alone reads 72 bytes and stops at NUL; the digest
 * is 44 ASCII characters whatever the password is. The HMAC's fixed key keeps a hash leaked elsewhere from being tried
 * here as a password ("shucking"). The prefix names this scheme, so that another can follow.
 * Source: OWASP Password Storage Cheat Sheet, "Pre-hashing passwords with bcrypt".
 */
const SCHEME = "h1$";
const DIGEST_KEY = "lotwise password h1";

/** bcrypt at cost 12 holds a thread of libuv's pool for 0.2 s; more at once would starve files and name look-ups. */
const AT_ONCE = 2;
const WAITING_MAX = 50;
const limiter = new Limiter(AT_ONCE, WAITING_MAX);

/** Errors: TooBusy when too many passwords wait to be hashed. */
export async function hashPassword(password: string, cost: number): Promise<string> {
  return SCHEME + (await limiter.run(() => bcrypt.hash(digest(password), cost)));
}

/**
 * Compares a password with a stored hash, or, when there is no account, with a hash of the same cost, so that both take
 * the same time. Errors: TooBusy.
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
  cost: number,
): Promise<boolean> {
  const hash = stored?.slice(SCHEME.length) ?? (await decoy(cost));
  const matches = await limiter.run(() => bcrypt.compare(digest(password), hash));
  return matches && stored !== undefined;
}

const decoys = new Map<number, Promise<string>>();

/** A real hash that no password has: bcrypt answers a malformed one at once, which would tell accounts apart. */
function decoy(cost: number): Promise<string> {
  let hash = decoys.get(cost);
  if (hash === undefined) {
    hash = bcrypt.hash(crypto.randomUUID(), cost);
    decoys.set(cost, hash);
  }
  return hash;
}

function digest(password: string): string {
  return createHmac("sha256", DIGEST_KEY).update(password, "utf8").digest("base64");
}
