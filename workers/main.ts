import { openRole, openShared, prepareDatabase } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { createLogger } from "#adapters/logger.ts";
import { prepareToEnd } from "#adapters/signals.ts";
import { ROLES, startRoles, type Role } from "./roles.ts";

/* A worker process: `node workers/main.ts ROLE…`. */

const asked = process.argv.slice(2);
const unknown = asked.filter((role) => !ROLES.includes(role as Role));
if (asked.length === 0 || unknown.length > 0) {
  process.stderr.write(`usage: node workers/main.ts ROLE…   roles: ${ROLES.join(", ")}\n`);
  process.exit(2);
}

const configuration = readConfiguration();
const log = createLogger({ level: configuration.logLevel, name: asked.join("+") });
const ending = prepareToEnd(log);
await prepareDatabase(configuration);
const database = openRole(configuration, "lotwise_worker", log);
const shared = openShared(configuration, log);
const roles = await startRoles(asked as Role[], {
  configuration,
  database,
  shared,
  log,
  onFatal(error) {
    log.error({ err: error }, "cannot go on, leaving it to a new process");
    process.exit(1);
  },
});
log.info({ roles: asked }, "worker started");

await ending.signalled;
await ending.closeInOrder([
  ["roles", () => roles.stop()],
  ["Redis", () => shared.close()],
  ["PostgreSQL", () => database.close()],
]);
