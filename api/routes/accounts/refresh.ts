import { findSessionByToken, findUser } from "#adapters/postgres/accounts.ts";
import { SignedIn } from "#contracts/accounts.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { ACCESS_TOKEN_SECONDS } from "../../plugins/authentication.ts";
import { clearSessionCookie, sessionTokenHash } from "../../plugins/session-cookie.ts";
import { toUser } from "../../representations/portfolio.ts";
import { problems } from "../../route-schemas.ts";

/**
 * Gives the browser a new access token for its session cookie. The header is one that a form or an image of another
 * site cannot send; together with SameSite=Strict it keeps others from riding on the cookie.
 */
export const refresh: Route = (app, context) => {
  app.post(
    "/auth/refresh",
    {
      schema: {
        tags: ["Accounts"],
        summary: "Renew the access token of a browser session",
        description: "Needs the session cookie and the header `X-Lotwise-Client: web`.",
        response: { 200: SignedIn, ...problems(401) },
      },
    },
    async (request, reply) => {
      if (request.headers["x-lotwise-client"] !== "web") throw new Refusal("unauthenticated");
      const session = await findSessionByToken(context.dependencies.db, sessionTokenHash(context, request));
      const user = session && (await findUser(context.dependencies.db, session.user_id));
      if (user === undefined) {
        clearSessionCookie(context, reply);
        throw new Refusal("unauthenticated");
      }
      return {
        accessToken: app.signAccessToken({ userId: user.id, sessionId: session!.id }),
        tokenType: "Bearer" as const,
        expiresInSeconds: ACCESS_TOKEN_SECONDS,
        user: toUser(user),
      };
    },
  );
};
