/**
 * npm run services -- start|stop|status [postgres] [redis] [kafka] [--json]
 *
 * Real PostgreSQL, Redis and Apache Kafka for development and tests on a machine without Docker. They run on until
 * `stop`, on 127.0.0.1 only. With Docker, `docker compose up postgres redis kafka` does the same.
 *
 * | variable              | default   | meaning                         |
 * |-----------------------|-----------|---------------------------------|
 * | LOTWISE_SERVICES_DIR  | .services | data, pid files, logs, passwords |
 * | LOTWISE_POSTGRES_PORT | 55432     | TCP port                        |
 * | LOTWISE_REDIS_PORT    | 56379     | TCP port                        |
 * | LOTWISE_KAFKA_PORT    | 59092     | TCP port                        |
 */
import { parseArgs } from "node:util";
import type { Logger } from "#adapters/ports.ts";
import {
  findService,
  SERVICE_NAMES,
  servicesDirectory,
  startService,
  type Service,
  type ServiceName,
} from "./services/services.ts";

const USAGE = "usage: npm run services -- start|stop|status [postgres] [redis] [kafka] [--json]";

// Progress goes to stderr, so that stdout holds nothing but what a script wants to read.
const progress: Logger = {
  info: (_fields, message) => console.error(message),
  warn: (_fields, message) => console.error(message),
  error: (_fields, message) => console.error(message),
};

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  // The last verb counts, and none means start: an npm script may name one already.
  const verbs = positionals.filter((word) => ["start", "stop", "status"].includes(word));
  const names = positionals.filter((word): word is ServiceName =>
    (SERVICE_NAMES as readonly string[]).includes(word),
  );
  if (verbs.length + names.length < positionals.length) throw new Error(USAGE);
  const chosen = names.length > 0 ? names : SERVICE_NAMES;
  switch (verbs.at(-1) ?? "start") {
    case "start":
      return report(await settleAll(chosen, (name) => start(name)), values.json);
    case "stop":
      return report(await settleAll(chosen, (name) => stop(name)), values.json);
    default:
      return report(await settleAll(chosen, (name) => status(name)), values.json);
  }
}

type Outcome = {
  readonly name: ServiceName;
  readonly state: "started" | "already running" | "running" | "stopped" | "not running" | "failed";
  readonly service?: Service;
  readonly error?: string;
};

async function start(name: ServiceName): Promise<Outcome> {
  const service = await startService(name, progress);
  return { name, state: service.adopted ? "already running" : "started", service };
}

async function stop(name: ServiceName): Promise<Outcome> {
  const service = await findService(name);
  await service?.stop();
  return { name, state: service === undefined ? "not running" : "stopped" };
}

async function status(name: ServiceName): Promise<Outcome> {
  const service = await findService(name);
  return service === undefined ? { name, state: "not running" } : { name, state: "running", service };
}

// One that fails must not hide how the others fared.
function settleAll(names: readonly ServiceName[], act: (name: ServiceName) => Promise<Outcome>) {
  return Promise.all(
    names.map((name) =>
      act(name).catch((error: unknown): Outcome => ({
        name,
        state: "failed",
        error: (error as Error).message,
      })),
    ),
  );
}

function report(outcomes: readonly Outcome[], json: boolean): number {
  const failed = outcomes.some(({ state }) => state === "failed");
  if (json) {
    const services: Record<string, object> = {};
    const environment: Record<string, string> = {};
    for (const { name, state, service, error } of outcomes) {
      services[name] = { state, pid: service?.pid, port: service?.port, error };
      if (service) environment[service.variable] = service.value;
    }
    console.log(JSON.stringify({ directory: servicesDirectory(), services, environment }));
    return failed ? 1 : 0;
  }
  for (const { name, state, service, error } of outcomes) {
    const where = service === undefined ? "" : ` (pid ${service.pid}, port ${service.port})`;
    console.error(`${name}: ${state}${where}${error === undefined ? "" : `: ${error}`}`);
  }
  for (const { service } of outcomes) if (service) console.log(`${service.variable}=${service.value}`);
  return failed ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error((error as Error).message);
  return 2;
});
