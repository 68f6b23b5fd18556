import { createHash, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { v7 as uuidv7 } from "uuid";
import { insertSession } from "#adapters/postgres/accounts.ts";
import type { RouteContext } from "../app.ts";
import { Refusal } from "../errors.ts";

/*
 * The browser stays signed in by an opaque token in a cookie that scripts cannot read and other sites cannot send. It
 * buys new access tokens, nothing else; an access token lives in the page's memory only.
 */

const COOKIE_PATH = "/api/v1/auth";
const SESSION_DAYS = 30;
const SESSION_SECONDS = SESSION_DAYS * 86_400;
const TOKEN_BYTES = 32;

/** Over plain HTTP, as on one machine, browsers refuse the __Host- prefix together with a path of our own. */
function cookieName(production: boolean): string {
  return production ? "__Secure-lotwise-session" : "lotwise-session";
}

/** Begins a session: stores it and sets its cookie. Returns its id. */
export async function beginSession(
  { dependencies, settings }: RouteContext,
  reply: FastifyReply,
  userId: string,
): Promise<string> {
  const id = uuidv7();
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const expiresAt = new Date(dependencies.now() + SESSION_SECONDS * 1000).toISOString();
  await insertSession(dependencies.db, { id, userId, tokenHash: hashToken(token), expiresAt });
  void reply.setCookie(cookieName(settings.production), token, {
    ...attributes(settings.production),
    maxAge: SESSION_SECONDS,
  });
  return id;
}

/** The hash of the token in the request's cookie. Errors: Refusal unauthenticated without one. */
export function sessionTokenHash({ settings }: RouteContext, request: FastifyRequest): Buffer {
  const token = request.cookies[cookieName(settings.production)];
  if (token === undefined || token.length > 100) throw new Refusal("unauthenticated");
  return hashToken(token);
}

export function clearSessionCookie({ settings }: RouteContext, reply: FastifyReply): void {
  void reply.clearCookie(cookieName(settings.production), attributes(settings.production));
}

/** The same for setting and clearing: browsers drop a __Secure- cookie that comes without Secure, also an empty one. */
function attributes(production: boolean) {
  return { httpOnly: true, secure: production, sameSite: "strict", path: COOKIE_PATH } as const;
}

/** 32 random bytes need no slow hash: they cannot be guessed. */
function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
