import { findUser } from "#adapters/postgres/accounts.ts";
import { User } from "#contracts/accounts.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { callerOf, requireCaller } from "../../plugins/authentication.ts";
import { toUser } from "../../representations/portfolio.ts";
import { BEARER, problems } from "../../route-schemas.ts";

/** Says who the access token belongs to. */
export const me: Route = (app, { dependencies }) => {
  app.get(
    "/auth/me",
    {
      onRequest: requireCaller,
      schema: {
        tags: ["Accounts"],
        summary: "Who am I",
        security: BEARER,
        response: { 200: User, ...problems(401) },
      },
    },
    async (request) => {
      const user = await findUser(dependencies.db, callerOf(request).userId);
      if (user === undefined) throw new Refusal("unauthenticated");
      return toUser(user);
    },
  );
};
