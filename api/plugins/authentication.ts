import { randomUUID } from "node:crypto";
import jwt from "@fastify/jwt";
import type { FastifyInstance, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { isSessionLive } from "#adapters/postgres/accounts.ts";
import { SESSION_REVOKED_CHANNEL, type SessionRevoked } from "#contracts/events.ts";
import type { ApiDependencies, ApiSettings } from "../dependencies.ts";
import { Refusal } from "../errors.ts";

const ISSUER = "lotwise";
const AUDIENCE = "lotwise-api";
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const CLOCK_TOLERANCE_MS = 30_000;
/** How long a check of a session holds; a revocation on any node clears it at once. */
const SESSION_CHECK_MS = 5_000;
const SESSIONS_REMEMBERED_MAX = 10_000;

/** Who is asking. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  /** Units: milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

declare module "fastify" {
  interface FastifyInstance {
    signAccessToken: (caller: { userId: string; sessionId: string }) => string;
    /** Errors: Refusal unauthenticated, whatever is wrong with the token. */
    verifyAccessToken: (token: string) => Promise<Caller>;
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

declare module "@fastify/jwt" {
  interface FastifyJWT {
    payload: { sub: string; sid: string; jti: string };
    user: { sub: string; sid: string; jti: string; exp: number };
  }
}

/** Access tokens: ES256, 15 minutes, tied to a session that can be revoked. */
export const authentication = fastifyPlugin(
  async (app: FastifyInstance, options: { dependencies: ApiDependencies; settings: ApiSettings }) => {
    const { signingKey } = options.settings;
    await app.register(jwt, {
      secret: { private: signingKey.privateKey, public: signingKey.publicKey },
      sign: {
        algorithm: "ES256",
        kid: signingKey.id,
        iss: ISSUER,
        aud: AUDIENCE,
        expiresIn: ACCESS_TOKEN_SECONDS,
      },
      verify: {
        algorithms: ["ES256"],
        allowedIss: ISSUER,
        allowedAud: AUDIENCE,
        // A claim that is only limited by allowedX may still be absent.
        requiredClaims: ["iss", "aud", "sub", "sid", "jti", "iat", "exp"],
        clockTolerance: CLOCK_TOLERANCE_MS,
      },
    });
    const isLive = await sessionCheck(app, options.dependencies);
    app.decorateRequest("caller", undefined);
    app.decorate("signAccessToken", ({ userId, sessionId }) =>
      app.jwt.sign({ sub: userId, sid: sessionId, jti: randomUUID() }),
    );
    app.decorate("verifyAccessToken", async (token: string) => {
      const caller = readToken(app, token, options.dependencies.now());
      if (!(await isLive(caller))) throw new Refusal("unauthenticated");
      return caller;
    });
  },
);

/** An onRequest hook for routes that only a signed-in user may call. */
export async function requireCaller(request: FastifyRequest): Promise<void> {
  const [scheme, token, ...rest] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || token === undefined || rest.length > 0) {
    throw new Refusal("unauthenticated");
  }
  request.caller = await request.server.verifyAccessToken(token);
}

/** The caller of a route behind requireCaller. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Refusal("unauthenticated");
  return request.caller;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readToken(app: FastifyInstance, token: string, nowMs: number): Caller {
  const claims = verifiedClaims(app, token);
  const { sub, sid, iat, exp } = claims;
  const isOurs =
    typeof sub === "string" &&
    UUID.test(sub) &&
    typeof sid === "string" &&
    UUID.test(sid) &&
    // The library looks at neither: not when a token was issued, nor how long it is to live.
    typeof iat === "number" &&
    iat * 1000 <= nowMs + CLOCK_TOLERANCE_MS &&
    typeof exp === "number" &&
    exp - iat <= ACCESS_TOKEN_SECONDS;
  if (!isOurs) throw new Refusal("unauthenticated");
  return { userId: sub, sessionId: sid, expiresAtMs: exp * 1000 };
}

function verifiedClaims(app: FastifyInstance, token: string): Record<string, unknown> {
  try {
    return app.jwt.verify<Record<string, unknown>>(token);
  } catch {
    // Forged, expired, malformed: the answer is the same, and never a 500.
    throw new Refusal("unauthenticated");
  }
}

async function sessionCheck(
  app: FastifyInstance,
  { db, fanOut, now }: ApiDependencies,
): Promise<(caller: Caller) => Promise<boolean>> {
  const checked = new Map<string, { userId: string; untilMs: number }>();
  const unsubscribe = await fanOut.subscribe(SESSION_REVOKED_CHANNEL, (message) => {
    checked.delete((message as SessionRevoked).sessionId);
  });
  app.addHook("onClose", unsubscribe);
  return async ({ sessionId, userId }) => {
    const known = checked.get(sessionId);
    if (known?.userId === userId && known.untilMs > now()) return true;
    // From before the question: what is revoked while it is under way counts from then.
    const untilMs = now() + SESSION_CHECK_MS;
    const live = await isSessionLive(db, { id: sessionId, userId });
    if (!live) return false;
    checked.delete(sessionId);
    if (checked.size >= SESSIONS_REMEMBERED_MAX) checked.delete(checked.keys().next().value!);
    checked.set(sessionId, { userId, untilMs });
    return true;
  };
}
