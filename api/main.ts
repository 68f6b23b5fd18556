import { openRole, openShared, prepareDatabase } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { createLogger } from "#adapters/logger.ts";
import { prepareToEnd } from "#adapters/signals.ts";
import { openServer } from "./open-server.ts";

/* An API process: `node api/main.ts`. Any number of them can run beside each other. */

const configuration = readConfiguration();
const log = createLogger({ level: configuration.logLevel, name: "api" });
const ending = prepareToEnd(log);
await prepareDatabase(configuration);
const database = openRole(configuration, "lotwise_api", log);
const operatorDatabase = openRole(configuration, "lotwise_operator", log);
const shared = openShared(configuration, log);
const server = await openServer({
  configuration,
  database,
  operatorDatabase,
  shared,
  log,
  demo: undefined,
});
await server.listen({ host: configuration.host, port: configuration.port });

await ending.signalled;
await ending.closeInOrder([
  ["HTTP and WebSockets", () => server.close()],
  ["Redis", () => shared.close()],
  ["PostgreSQL", () => Promise.all([database.close(), operatorDatabase.close()])],
]);
