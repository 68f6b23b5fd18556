import { Type } from "typebox";
import { revokeSession } from "#adapters/postgres/accounts.ts";
import { SESSION_REVOKED_CHANNEL } from "#contracts/events.ts";
import type { Route } from "../../app.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { clearSessionCookie } from "../../plugins/session-cookie.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/** Ends the session: its access tokens, its cookie and its open sockets, on every node. */
export const logOut: Route = (app, context) => {
  app.post(
    "/auth/logout",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Accounts"],
        summary: "Sign out",
        security: BEARER,
        response: { 204: Type.Null(), ...problems(401) },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = callerOf(request);
      await revokeSession(context.dependencies.db, { id: sessionId, userId });
      await context.dependencies.fanOut.publish(SESSION_REVOKED_CHANNEL, { sessionId });
      clearSessionCookie(context, reply);
      return reply.status(204).send(null);
    },
  );
};
