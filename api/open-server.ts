import type { FastifyBaseLogger } from "fastify";
import type { OpenedDatabase, Shared } from "#adapters/compose.ts";
import type { Configuration } from "#adapters/configuration.ts";
import { loadSigningKey } from "#adapters/security/jwt-key.ts";
import { openRecorder } from "#use-cases/recorder.ts";
import type { App } from "./app.ts";
import { builtWebFolder } from "./built-web-folder.ts";
import type { ApiSettings } from "./dependencies.ts";
import { buildServer } from "./server.ts";

/** Builds the API as configured, not listening yet. The demo account is shown where one is given. */
export async function openServer(options: {
  configuration: Configuration;
  database: OpenedDatabase;
  operatorDatabase: OpenedDatabase;
  shared: Shared;
  log: FastifyBaseLogger;
  demo: ApiSettings["demo"];
}): Promise<App> {
  const { configuration, database, operatorDatabase, shared, log, demo } = options;
  return buildServer({
    dependencies: {
      db: database.db,
      operatorDb: operatorDatabase.db,
      recorder: openRecorder(database.db),
      fanOut: shared.fanOut,
      quotes: shared.quotes,
      now: Date.now,
    },
    settings: {
      production: configuration.production,
      bcryptCost: configuration.bcryptCost,
      signingKey: await loadSigningKey(configuration.jwtKeyFile),
      allowedOrigins: configuration.allowedOrigins,
      trustProxy: configuration.trustProxy,
      demo,
      webFolder: builtWebFolder(),
    },
    log,
  });
}
