import { randomUUID } from "node:crypto";
import jwt from "@fastify/jwt";
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { findLiveSessions, isSessionLive } from "#adapters/postgres/accounts.ts";
import { SESSION_REVOKED_CHANNEL, type SessionRevoked } from "#contracts/events.ts";
import type { ApiDependencies, ApiSettings } from "../dependencies.ts";
import { Refusal } from "../errors.ts";
import { RememberedCallers, type Caller } from "../remembered-callers.ts";
import { SessionChecks } from "../session-checks.ts";

const ISSUER = "lotwise";
const AUDIENCE = "lotwise-api";
export const ACCESS_TOKEN_SECONDS = 15 * 60;
const CLOCK_TOLERANCE_MS = 30_000;

declare module "fastify" {
  interface FastifyInstance {
    signAccessToken: (caller: { userId: string; sessionId: string }) => string;
    /** Errors: Refusal unauthenticated, whatever is wrong with the token. */
    verifyAccessToken: (token: string) => Promise<Caller>;
    /** The caller of a token that passed verifyAccessToken lately; undefined says nothing about a token. */
    findCaller: (token: string) => Caller | undefined;
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
    const { now } = options.dependencies;
    const sessions = await openSessionChecks(app, options.dependencies);
    const callers = new RememberedCallers();
    app.decorateRequest("caller", undefined);
    app.decorate("signAccessToken", ({ userId, sessionId }) =>
      app.jwt.sign({ sub: userId, sid: sessionId, jti: randomUUID() }),
    );
    app.decorate("findCaller", (token) => {
      const caller = callers.find(token, now());
      return caller !== undefined && sessions.isKnown(caller) ? caller : undefined;
    });
    app.decorate("verifyAccessToken", async (token) => {
      const known = callers.find(token, now());
      const caller = known ?? readToken(app, token, now());
      if (!(await sessions.isLive(caller))) throw new Refusal("unauthenticated");
      if (known === undefined) callers.remember(token, caller);
      return caller;
    });
  },
);

/** An onRequest hook for routes that only a signed-in user may call. */
export function requireCaller(
  request: FastifyRequest,
  _reply: FastifyReply,
  done: HookHandlerDoneFunction,
): void | Promise<void> {
  const token = bearerTokenOf(request);
  request.caller = token === undefined ? undefined : request.server.findCaller(token);
  if (request.caller === undefined) return requireKnownCaller(request, token);
  // Nearly always, and then without a promise.
  done();
}

async function requireKnownCaller(request: FastifyRequest, token: string | undefined): Promise<void> {
  if (token === undefined) throw new Refusal("unauthenticated");
  request.caller = await request.server.verifyAccessToken(token);
}

function bearerTokenOf({ headers }: FastifyRequest): string | undefined {
  const [scheme, token, ...rest] = (headers.authorization ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && rest.length === 0 ? token : undefined;
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
  return { userId: sub, sessionId: sid, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 };
}

function verifiedClaims(app: FastifyInstance, token: string): Record<string, unknown> {
  try {
    return app.jwt.verify<Record<string, unknown>>(token);
  } catch {
    // Forged, expired, malformed: the answer is the same, and never a 500.
    throw new Refusal("unauthenticated");
  }
}

async function openSessionChecks(
  app: FastifyInstance,
  { db, fanOut, now }: ApiDependencies,
): Promise<SessionChecks> {
  const questions = {
    isLive: ({ sessionId, userId }: Caller) => isSessionLive(db, { id: sessionId, userId }),
    findLive: (sessionIds: readonly string[]) => findLiveSessions(db, sessionIds),
  };
  const sessions = new SessionChecks(questions, now);
  const unsubscribe = await fanOut.subscribe(SESSION_REVOKED_CHANNEL, (message) => {
    sessions.forget((message as SessionRevoked).sessionId);
  });
  app.addHook("onClose", unsubscribe);
  return sessions;
}
