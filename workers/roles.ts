import { openEventConsumer, type OpenedDatabase, type Shared } from "#adapters/compose.ts";
import type { Configuration } from "#adapters/configuration.ts";
import { kafkaPublisher } from "#adapters/kafka/publisher.ts";
import type { Gate, Logger } from "#adapters/ports.ts";
import { startConsumerControl } from "./consumer-control.ts";
import { matchAnnounced } from "./handlers/match-announced.ts";
import { startLongTasks } from "./long-tasks.ts";
import { startOutboxRelay } from "./outbox-relay.ts";
import { startSchedule } from "./schedule.ts";
import { startSimulatedExchange } from "./simulated-exchange.ts";

/** What a worker process can be. Any number of processes may have the same role. */
export const ROLES = ["outbox-relay", "lot-matching", "simulated-exchange"] as const;
export type Role = (typeof ROLES)[number];

export interface RoleContext {
  readonly configuration: Configuration;
  readonly database: OpenedDatabase;
  readonly shared: Shared;
  readonly log: Logger;
  /** Called when a role cannot go on in this process. */
  readonly onFatal: (error: Error) => void;
}

export interface Stoppable {
  stop(): Promise<void>;
}

/** Starts roles and returns how to stop them: intake first, then what is in hand. */
export async function startRoles(roles: readonly Role[], context: RoleContext): Promise<Stoppable> {
  const control = startConsumerControl(roles, context);
  const started: Stoppable[] = [];
  for (const role of roles) started.push(...(await START[role](context, control.gateOf(role))));
  return {
    async stop() {
      control.closeGates();
      await Promise.all(started.map((part) => part.stop()));
      await control.stop();
    },
  };
}

const START: Record<Role, (context: RoleContext, gate: Gate) => Promise<readonly Stoppable[]>> = {
  /** Moves announcements from the outbox table to Kafka. */
  async "outbox-relay"({ configuration, database, log }, gate) {
    if (configuration.kafkaBrokers.length === 0) {
      log.info({}, "no KAFKA_BROKERS: matchers read the outbox themselves, there is nothing to relay");
      return [];
    }
    const publisher = kafkaPublisher({ brokers: configuration.kafkaBrokers, log });
    const relay = startOutboxRelay({ db: database.db, url: database.url, publisher, gate, log });
    return [
      {
        async stop() {
          await relay.stop();
          await publisher.close();
        },
      },
    ];
  },

  /** Matches what is announced, and what was announced in vain. */
  async "lot-matching"({ configuration, database, shared, log, onFatal }, gate) {
    const long = startLongTasks({ url: database.url, gate, log });
    const dependencies = { db: database.db, fanOut: shared.fanOut, log, long, gate };
    const schedule = { url: database.url, reconcileEverySeconds: configuration.reconcileEveryMinutes * 60 };
    const events = openEventConsumer(configuration, { database, gate, log, onFatal });
    await events.start(matchAnnounced(dependencies));
    return [events, ...startSchedule(dependencies, schedule), long];
  },

  /** Ticks the `.SIM` symbols. */
  "simulated-exchange"({ configuration, database, shared, log }) {
    return Promise.resolve(
      startSimulatedExchange({
        db: database.db,
        cache: shared.cache,
        fanOut: shared.fanOut,
        log,
        seed: configuration.simulatedExchangeSeed,
        tickMs: configuration.simulatedTickMs,
      }),
    );
  },
};
