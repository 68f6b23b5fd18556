import { v7 as uuidv7 } from "uuid";
import { insertUser } from "#adapters/postgres/accounts.ts";
import { hashPassword } from "#adapters/security/passwords.ts";
import { Registered, Registration } from "#contracts/accounts.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { toUser } from "../../representations/portfolio.ts";
import { problems } from "../../route-schemas.ts";

/** Creates an account. Which of e-mail and username is taken is not told, and hashing comes first in both cases. */
export const register: Route = (app, { dependencies, settings }) => {
  app.post(
    "/auth/register",
    {
      schema: {
        tags: ["Accounts"],
        summary: "Create an account",
        body: Registration,
        response: { 201: Registered, ...problems(400, 409, 429) },
      },
    },
    async (request, reply) => {
      const { email, username, password } = request.body;
      const passwordHash = await hashPassword(password, settings.bcryptCost);
      const user = await insertUser(dependencies.db, { id: uuidv7(), email, username, passwordHash });
      if (user === undefined) {
        throw new Refusal(
          "account-not-created",
          "Choose another e-mail address or username, or sign in if the account is yours",
        );
      }
      return reply.status(201).send({ user: toUser(user) });
    },
  );
};
