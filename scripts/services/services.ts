import { join, resolve } from "node:path";
import { findKafka, startKafka } from "#adapters/embedded/kafka-server.ts";
import { findPostgres, startPostgres } from "#adapters/embedded/postgres.ts";
import { findRedis, startRedis } from "#adapters/embedded/redis-server.ts";
import type { Logger } from "#adapters/ports.ts";

export const SERVICE_NAMES = ["postgres", "redis", "kafka"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** A running service and the line to export for it. */
export type Service = {
  readonly name: ServiceName;
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
  readonly variable: "DATABASE_URL" | "REDIS_URL" | "KAFKA_BROKERS";
  readonly value: string;
  stop(): Promise<void>;
};

/** Where data, pids and logs live: LOTWISE_SERVICES_DIR, or `.services` in the repository. */
export function servicesDirectory(): string {
  return resolve(process.env["LOTWISE_SERVICES_DIR"] ?? join(import.meta.dirname, "../../.services"));
}

/**
 * Starts one service as a daemon, or finds it running, and resolves when it is ready.
 *
 * Errors: throws what the service's own starter throws; the message names what to do.
 */
export async function startService(name: ServiceName, log: Logger): Promise<Service> {
  const base = servicesDirectory();
  const options = { dir: join(base, name), log, lifetime: "daemon" } as const;
  switch (name) {
    case "postgres": {
      const running = await findPostgres(options.dir);
      return postgresService(running ?? (await startPostgres({ ...options, port: portOf(name) })));
    }
    case "redis":
      return redisService(await startRedis({ ...options, port: portOf(name) }));
    case "kafka":
      return kafkaService(
        await startKafka({ ...options, port: portOf(name), libsDir: join(base, "kafka-libs") }),
      );
  }
}

/** The service if it runs, without starting it. */
export async function findService(name: ServiceName): Promise<Service | undefined> {
  const dir = join(servicesDirectory(), name);
  switch (name) {
    case "postgres": {
      const found = await findPostgres(dir);
      return found && postgresService(found);
    }
    case "redis": {
      const found = findRedis(dir);
      return found && redisService(found);
    }
    case "kafka": {
      const found = findKafka(dir);
      return found && kafkaService(found);
    }
  }
}

const PORTS = {
  postgres: { variable: "LOTWISE_POSTGRES_PORT", normal: 55_432 },
  redis: { variable: "LOTWISE_REDIS_PORT", normal: 56_379 },
  kafka: { variable: "LOTWISE_KAFKA_PORT", normal: 59_092 },
} as const;

function portOf(name: ServiceName): number {
  const { variable, normal } = PORTS[name];
  const port = Number(process.env[variable] ?? normal);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`${variable} must be a TCP port, not ${process.env[variable]}`);
}

type Facts = Pick<Service, "pid" | "port" | "adopted" | "stop">;

const postgresService = (found: Facts & { url: string }): Service =>
  serviceOf("postgres", found, "DATABASE_URL", found.url);
const redisService = (found: Facts & { url: string }): Service =>
  serviceOf("redis", found, "REDIS_URL", found.url);
const kafkaService = (found: Facts & { brokers: string }): Service =>
  serviceOf("kafka", found, "KAFKA_BROKERS", found.brokers);

function serviceOf(name: ServiceName, facts: Facts, variable: Service["variable"], value: string): Service {
  const { pid, port, adopted } = facts;
  return { name, pid, port, adopted, variable, value, stop: () => facts.stop() };
}
