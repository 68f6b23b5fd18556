import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { databaseErrorKind, sqlState } from "#adapters/postgres/errors.ts";
import { TooBusy } from "#adapters/security/limiter.ts";
import type { FieldProblem, Problem } from "#contracts/problem.ts";
import { RecorderBusy } from "#use-cases/recording-call.ts";

/** Every refusal that the API knows, and what HTTP says of it. */
const PROBLEMS = {
  "invalid-request": [400, "The request is not valid"],
  "malformed-http": [400, "This is not an HTTP request"],
  "malformed-json": [400, "The body is not valid JSON"],
  "invalid-cursor": [400, "The cursor is not one that we gave"],
  "invalid-idempotency-key": [400, "The Idempotency-Key is not valid"],
  unauthenticated: [401, "Sign in first"],
  "wrong-credentials": [401, "Wrong e-mail, username or password"],
  forbidden: [403, "Not allowed"],
  "not-found": [404, "Nothing is here"],
  "portfolio-not-found": [404, "No such portfolio"],
  "destination-not-found": [404, "No such portfolio to transfer to"],
  "transaction-not-found": [404, "No such transaction"],
  "disposal-not-found": [404, "No such disposal"],
  "position-not-found": [404, "No such position"],
  "dead-letter-not-found": [404, "No such dead letter"],
  "unknown-symbol": [404, "No price source knows this symbol"],
  "request-timeout": [408, "The request did not arrive in time"],
  "account-not-created": [409, "The account could not be created"],
  "transaction-id-taken": [409, "The id is in use for another transaction"],
  "version-conflict": [409, "The transaction was changed meanwhile"],
  "portfolio-has-transfers": [409, "Lots or money were transferred between this portfolio and another"],
  "too-many-portfolios": [409, "No more portfolios can be created"],
  "reconciliation-in-progress": [409, "A round of reconciliation is under way"],
  "rebuild-in-progress": [409, "A rebuild is under way, or was asked for less than a minute ago"],
  "dead-letter-blocks": [
    409,
    "A portfolio waits for this: edit or delete the transaction, or mend what is wrong, and replay",
  ],
  "dead-letter-resolved": [409, "The dead letter is not open any more"],
  "nothing-to-replay": [409, "The record names no portfolio of ours: there is nothing to replay, discard it"],
  "request-in-progress": [409, "The same request is still being handled"],
  "body-too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "The body must be JSON"],
  "destination-is-source": [422, "A transfer goes to another portfolio"],
  "idempotency-key-reused": [422, "The Idempotency-Key was used for another request"],
  "upgrade-required": [426, "Open a WebSocket here"],
  busy: [429, "Too many requests at once"],
  "headers-too-large": [431, "The headers or the path are too large"],
  internal: [500, "Something went wrong on our side"],
  unavailable: [503, "The service cannot answer just now"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal on its way to the client. Thrown by routes, turned into problem+json by the error handler. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(code: ProblemCode, detail?: string, errors?: readonly FieldProblem[]) {
    super(detail ?? PROBLEMS[code][1]);
    this.code = code;
    this.errors = errors;
  }
}

export function statusOf(code: ProblemCode): number {
  return PROBLEMS[code][0];
}

/** The body of a refusal. Source: RFC 9457. */
export function problemOf(refusal: Refusal): Problem {
  const [status, title] = PROBLEMS[refusal.code];
  return {
    type: `urn:lotwise:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
  };
}

const RETRY_AFTER_SECONDS = "1";

/** The one place where anything thrown becomes an answer. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error);
  const status = statusOf(refusal.code);
  if (status >= 500) request.log.error({ err: error }, refusal.code);
  if (status === 503 || status === 429 || refusal.code === "request-in-progress") {
    void reply.header("retry-after", RETRY_AFTER_SECONDS);
  }
  if (status === 401) void reply.header("www-authenticate", "Bearer");
  return sendProblem(reply, refusal);
}

export function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .status(statusOf(refusal.code))
    .type("application/problem+json; charset=utf-8")
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(refusal));
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof TooBusy) return new Refusal("busy");
  if (error instanceof RecorderBusy) return new Refusal("unavailable");
  const code = (error as FastifyError).code ?? "";
  if (typeof code === "string" && code.startsWith("FST_")) return frameworkRefusal(error as FastifyError);
  if ((error as FastifyError).statusCode === 400) return new Refusal("malformed-json");
  // A row lock that is held for seconds by another request: most likely this one's twin.
  if (sqlState(error) === "55P03") return new Refusal("request-in-progress");
  switch (databaseErrorKind(error)) {
    case "transient":
      return new Refusal("unavailable");
    case "refused":
      return new Refusal("invalid-request", "A value cannot be stored");
    case "unknown":
      return new Refusal("internal");
  }
}

function frameworkRefusal(error: FastifyError): Refusal {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Refusal("body-too-large");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Refusal("unsupported-media-type");
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return new Refusal("malformed-json");
    default:
      if (error.code.startsWith("FST_JWT")) return new Refusal("unauthenticated");
      return (error.statusCode ?? 500) < 500
        ? new Refusal("invalid-request", error.message)
        : new Refusal("internal");
  }
}
