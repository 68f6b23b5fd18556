import swagger from "@fastify/swagger";
import scalar from "@scalar/fastify-api-reference";
import type { FastifyInstance } from "fastify";
import fastifyPlugin from "fastify-plugin";

const TAGS = [
  "Accounts",
  "Portfolios",
  "Transactions",
  "Positions",
  "Cash",
  "Planning",
  "Stocks",
  "Operations",
];

/** The description of every route, generated from its schemas, and a page to browse it. */
export const openapi = fastifyPlugin(async (app: FastifyInstance) => {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Lotwise",
        version: "1",
        description:
          "Portfolios, transactions, tax lots and gains. Amounts are decimal strings; instants are ISO 8601 with an offset; errors are problem+json (RFC 9457) with a stable `code`. Live figures come by WebSocket (`/ws`), see docs/websocket.md.",
      },
      servers: [{ url: "/" }],
      tags: TAGS.map((name) => ({ name })),
      components: {
        securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
    },
  });
  app.get("/api/openapi.json", { schema: { hide: true } }, () => app.swagger());
  await app.register(scalar, {
    routePrefix: "/api/docs",
    configuration: {
      url: "/api/openapi.json",
      theme: "default",
      withDefaultFonts: false,
      // The reference and nothing that talks to anybody else's service.
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: "never",
      agent: { disabled: true },
      mcp: { disabled: true },
    },
    hooks: {
      // The page of the reference starts itself by an inline script, which our policy forbids everywhere else.
      onRequest: (_request, reply, done) => {
        void reply.header("content-security-policy", DOCS_POLICY);
        done();
      },
    },
  });
});

const DOCS_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
