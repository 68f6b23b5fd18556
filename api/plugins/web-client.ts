import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { Refusal, sendProblem } from "../errors.ts";

/** Serves the built web client. Paths that are neither its files nor the API's are the client's own routes. */
export const webClient = fastifyPlugin(
  async (app: FastifyInstance, options: { folder: string | undefined }) => {
    if (options.folder !== undefined) {
      await app.register(fastifyStatic, {
        root: options.folder,
        wildcard: true,
        index: "index.html",
        // The build leaves a .br and a .gz beside each file.
        preCompressed: true,
        setHeaders(reply, path) {
          // Vite names files under assets/ after their content.
          const lasting = path.includes("/assets/");
          void reply.header("cache-control", lasting ? "public, max-age=31536000, immutable" : "no-cache");
        },
      });
    }
    app.setNotFoundHandler((request, reply) => {
      const forPage =
        options.folder !== undefined &&
        (request.method === "GET" || request.method === "HEAD") &&
        !/^\/(api|ws|health|metrics|assets)(\/|$|\?)/.test(request.url) &&
        (request.headers.accept ?? "").includes("text/html");
      return forPage ? reply.sendFile("index.html") : sendProblem(reply, new Refusal("not-found"));
    });
  },
);
