import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { Refusal } from "../errors.ts";

/**
 * Bodies are JSON, sent as it is. What is compressed would have to be undone under a limit of its own, and what only
 * says so would be read as something else here than by a proxy in between; plain text, which any page can post
 * anywhere, is not read at all.
 */
export const jsonBodies = fastifyPlugin(async (app: FastifyInstance) => {
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", (request, _reply, done) => {
    const encoding = request.headers["content-encoding"];
    const isPlain = encoding === undefined || encoding.toLowerCase() === "identity";
    done(
      isPlain ? undefined : new Refusal("unsupported-media-type", "Send the body without Content-Encoding"),
    );
  });
});
