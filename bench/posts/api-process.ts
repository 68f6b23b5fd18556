/*
 * node bench/posts/api-process.ts SIDE FOLDER OWNER_URL      SIDE: product, naive or forgetful
 *
 * The API in a process of its own, on a database that is there and migrated, without matchers. The sides are the same
 * program but for what is done with a transaction that was authenticated and validated:
 *   product     recorded in groups, as the product does
 *   naive       one SQL transaction for each (naive-recorder.ts)
 *   forgetful   nothing (forgetful-recorder.ts)
 * It ends when its parent does.
 */
import { createWriteStream } from "node:fs";
import { openRole, openShared } from "#adapters/compose.ts";
import { readConfiguration } from "#adapters/configuration.ts";
import { createLogger } from "#adapters/logger.ts";
import { openDatabase } from "#adapters/postgres/pool.ts";
import { loadSigningKey } from "#adapters/security/jwt-key.ts";
import { prepareToEnd } from "#adapters/signals.ts";
import { buildServer } from "#api/server.ts";
import { openRecorder, type Recorder } from "#use-cases/recorder.ts";
import { ForgetfulRecorder } from "./forgetful-recorder.ts";
import { NaiveRecorder } from "./naive-recorder.ts";

const [side, folder, databaseUrl] = process.argv.slice(2);
if (side === undefined || folder === undefined || databaseUrl === undefined) {
  process.stderr.write("usage: node bench/posts/api-process.ts product|naive|forgetful FOLDER OWNER_URL\n");
  process.exit(2);
}

process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));

const log = createLogger({
  level: "info",
  name: "lotwise",
  destination: createWriteStream(`${folder}/lotwise.log`, { flags: "a" }),
});
const ending = prepareToEnd(log);
const given = readConfiguration({ LOTWISE_DATA: folder, BCRYPT_COST: "4", LOTWISE_DEMO: "off" });
const configuration = { ...given, databaseUrl };
const shared = openShared(configuration, log);
const database = openRole(configuration, "lotwise_api", log);
const operatorDatabase = openRole(configuration, "lotwise_operator", log);
const owner = openDatabase(databaseUrl, { log, applicationName: "naive" }).db;
const server = await buildServer({
  dependencies: {
    db: database.db,
    operatorDb: operatorDatabase.db,
    recorder: recorderOf(side),
    fanOut: shared.fanOut,
    quotes: shared.quotes,
    now: Date.now,
  },
  settings: {
    production: false,
    bcryptCost: configuration.bcryptCost,
    signingKey: await loadSigningKey(configuration.jwtKeyFile),
    allowedOrigins: [],
    trustProxy: 0,
    demo: undefined,
    webFolder: undefined,
  },
  log,
});
const baseUrl = await server.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`ready ${baseUrl}\n`);

await ending.signalled;
await ending.closeInOrder([
  ["HTTP", () => server.close()],
  ["Redis", () => shared.close()],
  ["PostgreSQL", () => Promise.all([database.close(), operatorDatabase.close(), owner.destroy()])],
]);

function recorderOf(name: string): Recorder {
  switch (name) {
    case "product":
      return openRecorder(database.db);
    case "naive":
      return new NaiveRecorder(owner);
    case "forgetful":
      return new ForgetfulRecorder();
    default:
      throw new Error(`there is no side ${name}`);
  }
}
