import { storeUndecodable } from "./postgres/dead-letters.ts";
import { migrate, serviceUrl, type ServiceRole } from "./postgres/migrate.ts";
import { outboxConsumer } from "./postgres/outbox.ts";
import { openDatabase, type Db } from "./postgres/pool.ts";
import type { Configuration } from "./configuration.ts";
import { inProcessFanOut } from "./in-process/fan-out.ts";
import { inProcessQuoteCache } from "./in-process/quote-cache.ts";
import { kafkaConsumer } from "./kafka/consumer.ts";
import type { EventConsumer, FanOut, Gate, Logger, QuoteCache } from "./ports.ts";
import { quoteLookup, type QuoteLookup } from "./quotes/look-up.ts";
import { redisFanOut } from "./redis/fan-out.ts";
import { redisQuoteCache } from "./redis/quote-cache.ts";

/*
 * The choices between one machine and many, each made here and nowhere else, each by itself: without REDIS_URL the cache
 * and the fan-out are in the process, without KAFKA_BROKERS workers read the outbox table.
 */

export const MATCHERS_GROUP = "lot-matching";

/** What processes of one installation share. */
export interface Shared {
  readonly cache: QuoteCache;
  readonly fanOut: FanOut;
  readonly quotes: QuoteLookup;
  close(): Promise<void>;
}

export function openShared(configuration: Configuration, log: Logger): Shared {
  const { redisUrl, quoteTtlSeconds: ttlSeconds } = configuration;
  const cache = redisUrl
    ? redisQuoteCache({ url: redisUrl, log, ttlSeconds })
    : inProcessQuoteCache({ ttlSeconds });
  const fanOut = redisUrl ? redisFanOut({ url: redisUrl, log }) : inProcessFanOut({ log });
  return {
    cache,
    fanOut,
    quotes: quoteLookup(cache, { seed: configuration.simulatedExchangeSeed, now: Date.now }),
    async close() {
      await Promise.all([cache.close(), fanOut.close()]);
    },
  };
}

/** Brings the database to the newest version, where the owner's connection is known; else that is somebody else's work. */
export async function prepareDatabase(configuration: Configuration): Promise<{ applied: readonly string[] }> {
  return configuration.databaseUrl === undefined ? { applied: [] } : migrate(configuration.databaseUrl);
}

export interface OpenedDatabase {
  readonly db: Db;
  readonly url: string;
  close(): Promise<void>;
}

/** Where to connect as a role that owns nothing. Errors: throws when no URL for it is set. */
export function roleUrl(configuration: Configuration, role: ServiceRole): string {
  const own = {
    lotwise_api: configuration.databaseApiUrl,
    lotwise_worker: configuration.databaseWorkerUrl,
    lotwise_operator: configuration.databaseOperatorUrl,
  }[role];
  const url = own ?? (configuration.databaseUrl && serviceUrl(configuration.databaseUrl, role));
  if (url === undefined) {
    const name = `DATABASE_${role.replace("lotwise_", "").toUpperCase()}_URL`;
    throw new Error(`Set DATABASE_URL, or ${name} for the role ${role} alone`);
  }
  return url;
}

/** Connects as a role that owns nothing. Errors: throws when no URL for it is set. */
export function openRole(configuration: Configuration, role: ServiceRole, log: Logger): OpenedDatabase {
  const url = roleUrl(configuration, role);
  const connectionsMax = role === "lotwise_operator" ? OPERATOR_CONNECTIONS_MAX : undefined;
  const { db } = openDatabase(url, {
    log,
    applicationName: role,
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
  });
  return { db, url, close: () => db.destroy() };
}

/** Few people, seldom: a question of theirs waits for another's rather than for a user's. */
const OPERATOR_CONNECTIONS_MAX = 2;

/** Where matchers hear that there is news. Records of Kafka that are no events are kept as dead letters. */
export function openEventConsumer(
  configuration: Configuration,
  options: { database: OpenedDatabase; gate: Gate; log: Logger; onFatal: (error: Error) => void },
): EventConsumer {
  const { database, gate, log, onFatal } = options;
  const { kafkaBrokers: brokers } = configuration;
  if (brokers.length === 0) return outboxConsumer({ db: database.db, url: database.url, gate, log });
  return kafkaConsumer({
    brokers,
    groupId: MATCHERS_GROUP,
    gate,
    log,
    onUndecodable: (record) => storeUndecodable(database.db, record),
    onFatal,
  });
}
