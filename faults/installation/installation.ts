/*
 * A whole installation on this machine: two APIs, two relays, two matchers and the simulated exchange, each a process of
 * its own that is started again when it ends, on a PostgreSQL, a Redis and a Kafka of their own. Everything goes through
 * fault proxies: one to PostgreSQL for each process, so that a trap knows whom it caught.
 *
 * Without Kafka there are no relays, and the matchers read the outbox.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger as log } from "#adapters/ports.ts";
import { migrate, serviceUrl, type ServiceRole } from "#adapters/postgres/migrate.ts";
import { openDatabase, type Db } from "#adapters/postgres/pool.ts";
import { prepareToDrop } from "./announcements.ts";
import { FaultProxy } from "../proxy/fault-proxy.ts";
import { inspectKafka, KafkaSaboteur } from "../proxy/kafka-errors.ts";
import { inspectPostgres } from "../proxy/postgres-wire.ts";
import { Traps } from "../proxy/traps.ts";
import { isServing, LotwiseProcess, untilReady } from "#testing/cluster/lotwise-process.ts";
import { KafkaService, mountSmallDisk, PostgresService, quietPort, RedisService } from "./services.ts";

export type Role = "api" | "relay" | "matcher" | "exchange";

/** A process with its ways to the outside. */
export interface Member {
  readonly name: string;
  readonly role: Role;
  readonly process: LotwiseProcess;
  readonly postgres: FaultProxy;
  readonly traps: Traps;
  /** Of an API: the proxy in front of it, and where it listens itself. */
  readonly http: FaultProxy | undefined;
  readonly ownUrl: string;
}

export interface InstallationOptions {
  readonly dir: string;
  /** Where the jars of Kafka are; undefined: no Kafka. */
  readonly kafkaLibs: string | undefined;
  /** PostgreSQL and Redis get file systems of their own, which can be filled. */
  readonly smallDisks: boolean;
}

const POSTGRES_MEGABYTES = 3_000;
const REDIS_MEGABYTES = 64;

const ROLE_ARGS: Readonly<Record<Role, readonly string[]>> = {
  api: ["api/main.ts"],
  relay: ["workers/main.ts", "outbox-relay"],
  matcher: ["workers/main.ts", "lot-matching"],
  exchange: ["workers/main.ts", "simulated-exchange"],
};

export class Installation {
  readonly postgres: PostgresService;
  readonly redis: RedisService;
  readonly kafka: KafkaService | undefined;
  readonly saboteur = new KafkaSaboteur();
  readonly members: Member[] = [];
  redisProxy!: FaultProxy;
  kafkaProxy: FaultProxy | undefined;
  /** Sees all rows. Goes to PostgreSQL by itself, not through a proxy. */
  owner!: Db;
  ownerUrl = "";
  readonly #dir: string;
  readonly #endings: (() => unknown)[] = [];

  private constructor(dir: string, services: Pick<Installation, "postgres" | "redis" | "kafka">) {
    this.#dir = dir;
    this.postgres = services.postgres;
    this.redis = services.redis;
    this.kafka = services.kafka;
  }

  /** Resolves when every part of it works. */
  static async start(options: InstallationOptions): Promise<Installation> {
    const { dir, kafkaLibs } = options;
    const installation = new Installation(dir, {
      postgres: new PostgresService(join(dir, "postgres"), await quietPort()),
      redis: new RedisService(join(dir, "redis"), await quietPort()),
      kafka:
        kafkaLibs === undefined
          ? undefined
          : new KafkaService(join(dir, "kafka"), await quietPort(), kafkaLibs),
    });
    try {
      await installation.#startServices(options.smallDisks);
      for (const [role, count] of [
        ["api", 2],
        ["matcher", 2],
        ["exchange", 1],
        ["relay", kafkaLibs === undefined ? 0 : 2],
      ] as const) {
        for (let number = 1; number <= count; number += 1) await installation.#addMember(role, number);
      }
      for (const { process } of installation.members) process.keepAlive();
      await Promise.all(installation.of("api").map((api) => untilReady(api.process, api.ownUrl)));
      return installation;
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  of(role: Role): Member[] {
    return this.members.filter((member) => member.role === role);
  }

  /** Where customers go: the proxies before the APIs. */
  get baseUrls(): string[] {
    return this.of("api").map(({ http }) => `http://127.0.0.1:${http!.port}`);
  }

  /** A further process, with the ways of a matcher, that is not kept alive. */
  async spareMatcher(): Promise<Member> {
    return this.#addMember("matcher", this.of("matcher").length + 1);
  }

  async dismiss(member: Member): Promise<void> {
    await member.process.end();
    await member.postgres.close();
    this.members.splice(this.members.indexOf(member), 1);
  }

  /** Ends every fault that lasts, and resolves when all processes work again. */
  async heal(): Promise<void> {
    for (const member of this.members) {
      member.postgres.clear();
      member.http?.clear();
      if (member.process.isRunning) member.process.signal("SIGCONT");
    }
    this.redisProxy.clear();
    this.kafkaProxy?.clear();
    await Promise.all([this.postgres.start(), this.redis.start(), this.kafka?.start()]);
    await Promise.all(this.of("api").map((api) => untilServing(api.ownUrl)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(({ process }) => process.end()));
    await this.owner?.destroy();
    await Promise.all([this.postgres.end(), this.redis.end(), this.kafka?.end()]);
    for (const end of this.#endings.toReversed()) await end();
  }

  async #startServices(smallDisks: boolean): Promise<void> {
    if (smallDisks) {
      this.#endings.push(await mountSmallDisk(this.postgres.dir, POSTGRES_MEGABYTES));
      this.#endings.push(await mountSmallDisk(this.redis.dir, REDIS_MEGABYTES));
    }
    this.redisProxy = await this.#proxy(this.redis.port);
    if (this.kafka !== undefined) {
      this.kafkaProxy = await this.#proxy(this.kafka.port, () => inspectKafka(this.saboteur));
      this.kafka.advertisedPort = this.kafkaProxy.port;
    }
    const [postgres] = await Promise.all([this.postgres.start(), this.redis.start(), this.kafka?.start()]);
    this.ownerUrl = postgres.url;
    await migrate(postgres.url);
    this.owner = openDatabase(postgres.url, { log, applicationName: "fault run", connectionsMax: 8 }).db;
    await prepareToDrop(this.owner);
  }

  async #addMember(role: Role, number: number): Promise<Member> {
    const name = `${role}-${number}`;
    const traps = new Traps();
    const postgres = await this.#proxy(this.postgres.port, (connection) =>
      inspectPostgres(connection, traps),
    );
    const port = role === "api" ? await quietPort() : 0;
    await mkdir(join(this.#dir, "logs"), { recursive: true });
    const member: Member = {
      name,
      role,
      process: new LotwiseProcess(
        ROLE_ARGS[role],
        this.#environment(postgres.port, port),
        join(this.#dir, "logs", `${name}.log`),
      ),
      postgres,
      traps,
      http: role === "api" ? await this.#proxy(port) : undefined,
      ownUrl: `http://127.0.0.1:${port}`,
    };
    this.members.push(member);
    return member;
  }

  #environment(postgresPort: number, port: number): Record<string, string> {
    const urlOf = (role: ServiceRole) => {
      const url = new URL(serviceUrl(this.ownerUrl, role));
      url.port = String(postgresPort);
      return url.href;
    };
    return {
      // The owner's URL is not theirs to know: the database has been prepared.
      DATABASE_URL: "",
      DATABASE_API_URL: urlOf("lotwise_api"),
      DATABASE_WORKER_URL: urlOf("lotwise_worker"),
      DATABASE_OPERATOR_URL: urlOf("lotwise_operator"),
      REDIS_URL: `redis://127.0.0.1:${this.redisProxy.port}`,
      KAFKA_BROKERS: this.kafkaProxy === undefined ? "" : `127.0.0.1:${this.kafkaProxy.port}`,
      LOTWISE_DATA: this.#dir,
      PORT: String(port),
      // A process that is started hundreds of times need not be compiled as often.
      NODE_COMPILE_CACHE: join(this.#dir, "compile-cache"),
    };
  }

  async #proxy(targetPort: number, inspect?: Parameters<typeof FaultProxy.start>[1]): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(targetPort, inspect);
    this.#endings.push(() => proxy.close());
    return proxy;
  }
}

async function untilServing(baseUrl: string): Promise<void> {
  const deadline = performance.now() + SERVING_WITHIN_MS;
  while (!(await isServing(baseUrl))) {
    if (performance.now() > deadline)
      throw new Error(`${baseUrl} does not serve ${SERVING_WITHIN_MS} ms after the heal`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const SERVING_WITHIN_MS = 30_000;
