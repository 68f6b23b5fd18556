import { Type } from "typebox";
import { ping } from "#adapters/postgres/pool.ts";
import type { Route } from "../../app.ts";
import { Refusal } from "../../errors.ts";
import { problems } from "../../route-schemas.ts";

const Ok = Type.Object({ status: Type.Literal("ok") });

/**
 * `live`: the process answers. `ready`: it can serve, which takes PostgreSQL; the other services only help. A process that
 * is about to stop is not ready, so that whoever shares requests out leaves it alone.
 */
export const health: Route = (app, { dependencies }) => {
  const schema = { tags: ["Operations"], response: { 200: Ok } };
  app.get("/health/live", { schema: { ...schema, summary: "The process answers" } }, () => ({
    status: "ok" as const,
  }));
  app.get(
    "/health/ready",
    { schema: { ...schema, summary: "The service can work", response: { 200: Ok, ...problems() } } },
    async () => {
      if (dependencies.closing?.aborted === true)
        throw new Refusal("unavailable", "This process is about to stop");
      await ping(dependencies.db).catch((cause: unknown) => {
        throw new Refusal("unavailable", cause instanceof Error ? "PostgreSQL does not answer" : undefined);
      });
      return { status: "ok" as const };
    },
  );
};
