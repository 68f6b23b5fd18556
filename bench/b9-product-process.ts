/*
 * node bench/b9-product-process.ts RELAY FOLDER      RELAY: product or polling
 *
 * The whole product in one process, composed as scripts/start.ts composes it: embedded PostgreSQL, API with its stream,
 * matcher with its sweeper, simulated exchange. Two things are left out, which have no part in what is measured: the
 * build of the web client and the demo account. `polling` puts a 1-second polling relay in the place of the outbox
 * consumer; that is all the difference. It ends when its parent does.
 */
import { createWriteStream } from "node:fs";
import { openRole, openShared, prepareDatabase } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { startPostgres } from "#adapters/embedded/postgres.ts";
import { createLogger } from "#adapters/logger.ts";
import { prepareToEnd } from "#adapters/signals.ts";
import { openServer } from "#api/open-server.ts";
import { matchAnnounced } from "#workers/handlers/match-announced.ts";
import { startRoles, type RoleContext, type Stoppable } from "#workers/roles.ts";
import { startSweeper } from "#workers/sweeper.ts";
import { pollingRelay } from "./polling/polling-relay.ts";

const [relay, folder] = process.argv.slice(2);
if ((relay !== "product" && relay !== "polling") || folder === undefined) {
  process.stderr.write("usage: node bench/b9-product-process.ts product|polling FOLDER\n");
  process.exit(2);
}

process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));

const log = createLogger({
  level: "info",
  name: "lotwise",
  destination: createWriteStream(`${folder}/lotwise.log`, { flags: "a" }),
});
const ending = prepareToEnd(log);
const postgres = await startPostgres({ dir: `${folder}/postgres`, log });
// Signing up hundreds of users at the usual cost of a password would take minutes.
const given = readConfiguration({ LOTWISE_DATA: folder, PORT: "0", BCRYPT_COST: "4", LOTWISE_DEMO: "off" });
const configuration = { ...given, databaseUrl: postgres.url };
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
  demo: undefined,
});
const workers = await startWorkers({
  configuration,
  database: worker,
  shared,
  log,
  onFatal(error) {
    log.error({ err: error }, "cannot go on");
    process.exit(1);
  },
});
await server.listen({ host: "127.0.0.1", port: 0 });
const { port } = server.server.address() as { port: number };
process.stdout.write(`ready http://127.0.0.1:${port}\n`);

await ending.signalled;
await ending.closeInOrder([
  ["HTTP and WebSockets", () => server.close()],
  ["workers", () => workers.stop()],
  ["Redis", () => shared.close()],
  ["connections to PostgreSQL", () => Promise.all([api.close(), operator.close(), worker.close()])],
  ["PostgreSQL", () => postgres.stop("immediate")],
]);

async function startWorkers(context: RoleContext): Promise<Stoppable> {
  if (relay === "product") return startRoles(["lot-matching", "simulated-exchange"], context);
  const exchange = await startRoles(["simulated-exchange"], context);
  const dependencies = { db: worker.db, fanOut: shared.fanOut, log };
  const events = pollingRelay(dependencies);
  await events.start(matchAnnounced(dependencies));
  const parts = [exchange, events, ...startSweeper(dependencies)];
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}
