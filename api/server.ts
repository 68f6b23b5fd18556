import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type RawServerDefault,
} from "fastify";
import type { App } from "./app.ts";
import { answerClientError } from "./client-error.ts";
import type { ApiDependencies, ApiSettings } from "./dependencies.ts";
import { handleError } from "./errors.ts";
import { authentication } from "./plugins/authentication.ts";
import { draining } from "./plugins/draining.ts";
import { jsonBodies } from "./plugins/json-bodies.ts";
import { metrics } from "./plugins/metrics.ts";
import { operators } from "./plugins/operators.ts";
import { openapi } from "./plugins/openapi.ts";
import { securityHeaders } from "./plugins/security-headers.ts";
import { timeLimit } from "./plugins/time-limit.ts";
import { webClient } from "./plugins/web-client.ts";
import { routes } from "./routes.ts";
import { health } from "./routes/operations/health.ts";
import { stream } from "./stream/stream.ts";
import { validatorCompiler } from "./validation.ts";

/** Units: bytes and milliseconds. The framework's own defaults for time are "for ever". */
const LIMITS = {
  bodyLimit: 256 * 1024,
  requestTimeout: 15_000,
  connectionTimeout: 20_000,
  keepAliveTimeout: 72_000,
} as const;

const REQUEST_ID = /^[A-Za-z0-9_.:-]{8,100}$/;

/** Builds the API without listening, so that tests can inject requests. */
export async function buildServer(options: {
  dependencies: ApiDependencies;
  settings: ApiSettings;
  log: FastifyBaseLogger | false;
}): Promise<App> {
  const { settings } = options;
  const closing = new AbortController();
  const dependencies = { ...options.dependencies, closing: closing.signal };
  const context = { dependencies, settings };
  const serverOptions: FastifyHttpOptions<RawServerDefault> = {
    ...LIMITS,
    ...(options.log === false ? { logger: false } : { loggerInstance: options.log }),
    // Never `true`: a client could then write any address into X-Forwarded-For.
    trustProxy: (_address, hop) => hop < settings.trustProxy,
    genReqId: (request) => {
      const given = request.headers["x-request-id"];
      return typeof given === "string" && REQUEST_ID.test(given) ? given : randomUUID();
    },
    forceCloseConnections: "idle",
    // What still arrives while the server closes is answered like everything else; see draining.
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    // Paths that cannot be decoded, or are too long, never reach a route, its hooks or its error handler.
    frameworkErrors: (error, request, reply) => {
      const { socket, headers } = request.raw;
      if (headers.upgrade !== undefined) reply.raw.once("finish", () => socket.destroySoon());
      handleError(error, request, reply);
    },
    clientErrorHandler: answerClientError,
  };
  const app: App = fastify(serverOptions).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(handleError);

  await app.register(draining, { recorder: dependencies.recorder, closing });
  await app.register(securityHeaders, settings);
  await app.register(timeLimit);
  await app.register(jsonBodies);
  await app.register(cookie);
  await app.register(metrics);
  await app.register(openapi);
  await app.register(authentication, context);
  await app.register(operators, context);
  await app.register(routes, { prefix: "/api/v1", ...context });
  await app.register(stream, context);
  health(app, context);
  await app.register(webClient, { folder: settings.webFolder });
  return app;
}
