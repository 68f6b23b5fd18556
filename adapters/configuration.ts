import { resolve } from "node:path";

/** Everything that is set from outside. `.env.example` names each variable with its unit and default. */
export interface Configuration {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly logLevel: string;
  /** The owner's connection: migrations only. */
  readonly databaseUrl: string | undefined;
  readonly databaseApiUrl: string | undefined;
  readonly databaseWorkerUrl: string | undefined;
  readonly databaseOperatorUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly kafkaBrokers: readonly string[];
  readonly jwtKeyFile: string;
  readonly bcryptCost: number;
  readonly quoteTtlSeconds: number;
  /** 0: only when an operator asks for it. */
  readonly reconcileEveryMinutes: number;
  readonly simulatedExchangeSeed: number;
  readonly simulatedTickMs: number;
  /** Origins, besides our own, whose pages may open a WebSocket. */
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: number;
  readonly demo: boolean;
}

/** Reads the configuration. Errors: throws one line that names the variable and what it takes. */
export function readConfiguration(env: NodeJS.ProcessEnv = process.env): Configuration {
  const production = env.NODE_ENV === "production";
  const dataFolder = resolve(env.LOTWISE_DATA || ".lotwise");
  return {
    production,
    host: env.HOST || "127.0.0.1",
    port: integer("PORT", env.PORT, { fallback: 3000, min: 0, max: 65_535 }),
    dataFolder,
    logLevel: env.LOG_LEVEL || "info",
    databaseUrl: env.DATABASE_URL || undefined,
    databaseApiUrl: env.DATABASE_API_URL || undefined,
    databaseWorkerUrl: env.DATABASE_WORKER_URL || undefined,
    databaseOperatorUrl: env.DATABASE_OPERATOR_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
    kafkaBrokers: list(env.KAFKA_BROKERS),
    jwtKeyFile: resolve(env.LOTWISE_JWT_KEY_FILE || `${dataFolder}/jwt-key.pem`),
    bcryptCost: integer("BCRYPT_COST", env.BCRYPT_COST, {
      fallback: 12,
      min: production ? 12 : 4,
      max: 16,
    }),
    quoteTtlSeconds: integer("QUOTE_TTL_SECONDS", env.QUOTE_TTL_SECONDS, {
      fallback: 60,
      min: 1,
      max: 86_400,
    }),
    reconcileEveryMinutes: integer("RECONCILE_EVERY_MINUTES", env.RECONCILE_EVERY_MINUTES, {
      fallback: 60,
      min: 0,
      max: 10_080,
    }),
    simulatedExchangeSeed: integer("SIMULATED_EXCHANGE_SEED", env.SIMULATED_EXCHANGE_SEED, {
      fallback: 21,
      min: 0,
      max: 2 ** 31 - 1,
    }),
    simulatedTickMs: integer("SIMULATED_TICK_MS", env.SIMULATED_TICK_MS, {
      fallback: 250,
      min: 50,
      max: 60_000,
    }),
    allowedOrigins: list(env.LOTWISE_ALLOWED_ORIGINS),
    trustProxy: integer("TRUST_PROXY_HOPS", env.TRUST_PROXY_HOPS, { fallback: 0, min: 0, max: 10 }),
    demo: !production && env.LOTWISE_DEMO !== "off",
  };
}

function integer(
  name: string,
  text: string | undefined,
  range: { fallback: number; min: number; max: number },
): number {
  if (text === undefined || text === "") return range.fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(`${name} must be a whole number from ${range.min} to ${range.max}, not "${text}"`);
  }
  return value;
}

function list(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
