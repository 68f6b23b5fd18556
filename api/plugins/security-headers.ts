import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";

/** What every answer tells the browser. Source: OWASP ASVS 5.0, chapter 3.4. */
export const securityHeaders = fastifyPlugin(
  async (app: FastifyInstance, options: { production: boolean }) => {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'self'"],
          // Mantine writes style attributes.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", "data:"],
          connectSrc: ["'self'", "ws:", "wss:"],
          objectSrc: ["'none'"],
          baseUri: ["'none'"],
          frameAncestors: ["'none'"],
          formAction: ["'self'"],
        },
      },
      strictTransportSecurity: options.production && { maxAge: 31_536_000, includeSubDomains: true },
      referrerPolicy: { policy: "no-referrer" },
    });
    app.addHook("onSend", (request, reply, payload, done) => {
      if (request.url.startsWith("/api/")) void reply.header("cache-control", "no-store");
      void reply.header("x-request-id", request.id);
      done(null, payload);
    });
  },
);
