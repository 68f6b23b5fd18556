import { Type } from "typebox";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { problems } from "../../route-schemas.ts";

/** How to sign in to the demo account, for the sign-in page. There is none in production. */
export const demo: Route = (app, { settings }) => {
  app.get(
    "/demo",
    {
      schema: {
        tags: ["Accounts"],
        summary: "The demo account, where there is one",
        response: { 200: Type.Object({ login: Type.String(), password: Type.String() }), ...problems(404) },
      },
    },
    async () => {
      if (settings.demo === undefined) throw new Refusal("not-found");
      return settings.demo;
    },
  );
};
