import { setTimeout as delay } from "node:timers/promises";
import type { FaultProxy } from "../proxy/fault-proxy.ts";
import type { TrapPoint } from "../proxy/traps.ts";
import type { Role } from "../installation/installation.ts";
import { drawMs, memberOf, type Cast, type Draw, type Site } from "./fault.ts";

const TRAP_MS = 10_000;
const RESET_WITHIN_MS = 2_000;
const AGAIN_MS = 50;

/** Cuts a connection when what it carries has been committed and its client does not know. */
const cutAfterCommit =
  (role: Role, statement: RegExp): Draw =>
  (choose, cast) => {
    const name = choose.among(...cast[role]);
    const point: TrapPoint = { when: "committed", statement };
    return {
      takes: [`${name} postgres`],
      needs: ["postgres", name],
      words: name,
      async run(site) {
        const isCut = await memberOf(site, name).traps.catchOne(point, TRAP_MS, (connection) =>
          connection.reset(),
        );
        return isCut ? 1 : 0;
      },
    };
  };

type Target = "postgres" | "redis" | "kafka" | "http";

/** Whose ways there are to a target: to PostgreSQL and to the APIs each its own, to Redis and Kafka one for all. */
function waysTo(target: Target, cast: Cast): readonly string[] {
  if (target === "postgres") return Object.values(cast).flat();
  return target === "http" ? cast.api : ["everybody"];
}

function proxyOf(site: Site, target: Target, name: string): FaultProxy | undefined {
  const { installation } = site;
  if (target === "redis") return installation.redisProxy;
  if (target === "kafka") return installation.kafkaProxy;
  const member = installation.members.find((one) => one.name === name);
  return target === "http" ? member?.http : member?.postgres;
}

const reset =
  (target: Target): Draw =>
  (choose, cast) => {
    const name = choose.among(...waysTo(target, cast));
    return {
      takes: [`${name} ${target}`],
      words: name,
      async run(site) {
        const deadline = performance.now() + RESET_WITHIN_MS;
        while (performance.now() < deadline) {
          if ((proxyOf(site, target, name)?.resetAll() ?? 0) > 0) return 1;
          await delay(AGAIN_MS);
        }
        return 0;
      },
    };
  };

const WEATHERS = {
  "half-open": { kind: "half-open" },
  delay: { kind: "delay", fromMs: 10, toMs: 500 },
  throttle: { kind: "throttle", bytesPerSecond: 1_024 },
} as const;

const weather =
  (target: Target, kind: keyof typeof WEATHERS): Draw =>
  (choose, cast) => {
    const name = choose.among(...waysTo(target, cast));
    const ms = drawMs(choose, 500, kind === "half-open" ? 3_000 : 2_000);
    return {
      takes: [`${name} ${target}`],
      words: `${name} for ${ms} ms`,
      async run(site) {
        const proxy = proxyOf(site, target, name);
        if (proxy === undefined) return 0;
        proxy.change(WEATHERS[kind]);
        await delay(ms);
        return proxy.clear() > 0 ? 1 : 0;
      },
    };
  };

export const NETWORK_FAULTS = {
  "F9-api": cutAfterCommit("api", /record_transactions\(|insert into "?transaction"?/),
  "F9-worker": cutAfterCommit("matcher", /update portfolio_state s\s+set applied_sequence/),
  "F16-postgres-reset": reset("postgres"),
  "F16-postgres-half-open": weather("postgres", "half-open"),
  "F16-postgres-delay": weather("postgres", "delay"),
  "F16-postgres-throttle": weather("postgres", "throttle"),
  "F16-redis-reset": reset("redis"),
  "F16-redis-half-open": weather("redis", "half-open"),
  "F16-redis-delay": weather("redis", "delay"),
  "F16-redis-throttle": weather("redis", "throttle"),
  "F16-kafka-reset": reset("kafka"),
  "F16-kafka-half-open": weather("kafka", "half-open"),
  "F16-kafka-delay": weather("kafka", "delay"),
  "F16-kafka-throttle": weather("kafka", "throttle"),
  "F16-http-reset": reset("http"),
  "F16-http-half-open": weather("http", "half-open"),
  "F16-http-delay": weather("http", "delay"),
  "F16-http-throttle": weather("http", "throttle"),
} as const satisfies Record<string, Draw>;
