import type { FastifyInstance, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { findUser } from "#adapters/postgres/accounts.ts";
import type { Actor, OperatorAction } from "#adapters/postgres/operators.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { Refusal } from "../errors.ts";
import { callerOf, requireCaller } from "./authentication.ts";

/** How long a look at an account holds. Units: milliseconds. */
const OPERATOR_CHECK_MS = 5_000;
const OPERATORS_REMEMBERED_MAX = 1_000;

declare module "fastify" {
  interface FastifyInstance {
    /** The operator's username; undefined for whoever is none, or was one until at most 5 s ago. */
    findOperator: (userId: string) => Promise<string | undefined>;
  }
  interface FastifyRequest {
    operator: Actor | undefined;
  }
}

/** Knows who is an operator. */
export const operators = fastifyPlugin(
  async (app: FastifyInstance, { dependencies }: { dependencies: ApiDependencies }) => {
    const { db, now } = dependencies;
    const known = new Map<string, { readonly name: string; readonly untilMs: number }>();
    app.decorateRequest("operator", undefined);
    app.decorate("findOperator", async (userId: string) => {
      const before = known.get(userId);
      if (before !== undefined && before.untilMs > now()) return before.name;
      known.delete(userId);
      const untilMs = now() + OPERATOR_CHECK_MS;
      const user = await findUser(db, userId);
      if (user?.operator !== true) return undefined;
      if (known.size >= OPERATORS_REMEMBERED_MAX) known.clear();
      known.set(userId, { name: user.username, untilMs });
      return user.username;
    });
  },
);

/**
 * onRequest hooks for routes that only operators may call. For everybody else who is signed in such a route is one that
 * does not exist: 404 for each of them, whatever it names, as for anything else that is not theirs.
 */
export const requireOperator = [
  requireCaller,
  async (request: FastifyRequest): Promise<void> => {
    const { userId } = callerOf(request);
    const name = await request.server.findOperator(userId);
    if (name === undefined) throw new Refusal("not-found");
    request.operator = { name, userId };
  },
];

/** The operator who calls a route behind requireOperator. */
export function operatorOf(request: FastifyRequest): Actor {
  if (request.operator === undefined) throw new Refusal("not-found");
  return request.operator;
}

/** Writes to the log what an operator is asking for; the use-case writes to the database what was done. */
export function logAction(request: FastifyRequest, action: Omit<OperatorAction, "actor">): void {
  request.log.info({ ...action, userId: operatorOf(request).userId }, "operator action");
}
