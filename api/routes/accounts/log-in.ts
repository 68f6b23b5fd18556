import { findCredentials, findUser } from "#adapters/postgres/accounts.ts";
import { verifyPassword } from "#adapters/security/passwords.ts";
import { Credentials, SignedIn } from "#contracts/accounts.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { ACCESS_TOKEN_SECONDS } from "../../plugins/authentication.ts";
import { beginSession } from "../../plugins/session-cookie.ts";
import { toUser } from "../../representations/portfolio.ts";
import { problems } from "../../route-schemas.ts";

/** Signs in. An unknown account, a wrong password and an inactive account look alike, in words and in time. */
export const logIn: Route = (app, context) => {
  const { dependencies, settings } = context;
  app.post(
    "/auth/login",
    {
      schema: {
        tags: ["Accounts"],
        summary: "Sign in with e-mail or username",
        body: Credentials,
        response: { 200: SignedIn, ...problems(400, 401, 429) },
      },
    },
    async (request, reply) => {
      const found = await findCredentials(dependencies.db, request.body.login);
      const matches = await verifyPassword(request.body.password, found?.password_hash, settings.bcryptCost);
      if (found === undefined || !matches || !found.active) throw new Refusal("wrong-credentials");
      const user = await findUser(dependencies.db, found.id);
      if (user === undefined) throw new Refusal("wrong-credentials");
      const sessionId = await beginSession(context, reply, user.id);
      return {
        accessToken: app.signAccessToken({ userId: user.id, sessionId }),
        tokenType: "Bearer" as const,
        expiresInSeconds: ACCESS_TOKEN_SECONDS,
        user: toUser(user),
      };
    },
  );
};
