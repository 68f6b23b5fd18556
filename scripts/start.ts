import { mkdir } from "node:fs/promises";
import { openRole, openShared, prepareDatabase } from "#adapters/compose.ts";
import { readConfiguration, type Configuration } from "#adapters/configuration.ts";
import { startPostgres } from "#adapters/embedded/postgres.ts";
import { appendTo, createLogger } from "#adapters/logger.ts";
import { prepareToEnd } from "#adapters/signals.ts";
import { openServer } from "#api/open-server.ts";
import { startRoles, type Role } from "#workers/roles.ts";
import { buildWebClient } from "./start/build-web-client.ts";
import { DEMO_ACCOUNT, ensureDemoAccount } from "./start/demo-account.ts";
import { refuseBusyPort } from "./start/refuse-busy-port.ts";

/*
 * `npm start`: the whole product in one process. What is not set from outside is started here (PostgreSQL) or done in
 * the process (cache, fan-out, event log).
 */

const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  await run(readConfiguration());
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(
    `Lotwise could not start: ${message}${cause instanceof Error ? ` (${cause.message})` : ""}\n`,
  );
  process.exit(1);
}

async function run(given: Configuration): Promise<void> {
  await refuseBusyPort(given);
  await mkdir(given.dataFolder, { recursive: true });
  const logFile = `${given.dataFolder}/lotwise.log`;
  const log = createLogger({
    level: given.logLevel,
    name: "lotwise",
    destination: appendTo(logFile),
  });
  await buildWebClient(say);
  const ending = prepareToEnd(log);

  const postgres =
    given.databaseUrl === undefined
      ? await startPostgres({ dir: `${given.dataFolder}/postgres`, log })
      : undefined;
  const configuration = postgres === undefined ? given : { ...given, databaseUrl: postgres.url };
  await prepareDatabase(configuration);
  const shared = openShared(configuration, log);
  const api = openRole(configuration, "lotwise_api", log);
  const operator = openRole(configuration, "lotwise_operator", log);
  const worker = openRole(configuration, "lotwise_worker", log);

  const server = await openServer({
    configuration,
    database: api,
    operatorDatabase: operator,
    shared,
    log,
    demo: configuration.demo ? DEMO_ACCOUNT : undefined,
  });
  const roles: Role[] = ["lot-matching", "simulated-exchange"];
  if (configuration.kafkaBrokers.length > 0) roles.unshift("outbox-relay");
  const workers = await startRoles(roles, {
    configuration,
    database: worker,
    shared,
    log,
    onFatal(error) {
      process.stderr.write(`Lotwise stops: ${error.message}\n`);
      process.kill(process.pid, "SIGTERM");
    },
  });
  if (configuration.demo) await ensureDemoAccount(api.db, configuration);
  await server.listen({ host: configuration.host, port: configuration.port });

  const { port } = server.server.address() as { port: number };
  // In one piece: whoever waits for the first line finds the others too.
  say(
    [
      `Lotwise is ready on http://${configuration.host}:${port}`,
      ...(configuration.demo
        ? [`Sign in as ${DEMO_ACCOUNT.login} with password ${DEMO_ACCOUNT.password}`]
        : []),
      `Log: ${logFile}. Stop with Ctrl-C.`,
    ].join("\n"),
  );

  await ending.signalled;
  say("Stopping…");
  await ending.closeInOrder([
    ["HTTP and WebSockets", () => server.close()],
    ["workers", () => workers.stop()],
    ["Redis", () => shared.close()],
    ["connections to PostgreSQL", () => Promise.all([api.close(), operator.close(), worker.close()])],
    // Last, so that everything before it could still be written.
    ["PostgreSQL", async () => postgres?.stop()],
  ]);
}
