import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import type { Producer } from "kafkajs";
import type { AnnouncedEvent, EventPublisher, Logger } from "../ports.ts";
import { connectKafka, within } from "./client.ts";
import { keyPartitioner } from "./partitioner.ts";
import { encodeEvent } from "./record.ts";
import { ensureTopic } from "./topic.ts";

export type KafkaPublisherOptions = {
  /** host:port each; a text separates them by commas. */
  readonly brokers: string | readonly string[];
  readonly log: Logger;
  readonly topic?: string;
};

// Some 250 bytes each at most: well below the broker's limit of 1 MiB a batch, be they all of one partition.
const EVENTS_PER_SEND_MAX = 2_000;
const CLOSE_WITHIN_MS = 2_000;

type Wait = { readonly withinMs: number; readonly what: string };
const CONNECTING: Wait = { withinMs: 15_000, what: "connecting to Kafka" };
/** Below the five seconds after which PostgreSQL takes its transaction from a relay that waits. */
const PUBLISHING: Wait = { withinMs: 4_000, what: "publishing to Kafka" };

/**
 * Publishes announced events to Kafka, keyed by portfolio so that one portfolio's stay in order. Kept means: by every
 * in-sync replica. Calls run one after the other.
 *
 * Neither idempotence nor transactions: doubles do no harm, and those protocols are where kafkajs has lost writes.
 * After any error the producer is thrown away and the next call connects anew, so no broken state outlives a call.
 */
export function kafkaPublisher(options: KafkaPublisherOptions): EventPublisher {
  const { topic = TRANSACTION_RECORDED_TOPIC } = options;
  let current: Promise<Producer> | undefined;
  let last: Promise<void> = Promise.resolve();

  /** A failure, or silence, is the end of the producer that was in use. */
  const orThrowAway = async <T>(inUse: Promise<Producer>, work: Promise<T>, wait: Wait): Promise<T> => {
    try {
      return await within(work, wait.withinMs, wait.what);
    } catch (error) {
      if (current === inUse) current = undefined;
      void disconnect(inUse);
      throw error;
    }
  };

  const connected = (): Promise<Producer> => {
    current ??= connect(options, topic);
    return orThrowAway(current, current, CONNECTING);
  };

  return {
    async ready() {
      await connected();
    },
    publish(events) {
      if (events.length === 0) return Promise.resolve();
      // What waits for its turn behind a failure fails as well: it asked for the producer that is thrown away.
      const connecting = connected();
      const inUse = current!;
      const result = last.then(async () => {
        const producer = await connecting;
        await orThrowAway(inUse, send(producer, topic, events), PUBLISHING);
      });
      last = result.catch(() => {});
      return result;
    },
    async close() {
      await last;
      const inUse = current;
      current = undefined;
      if (inUse) await disconnect(inUse);
    },
  };
}

async function connect({ brokers, log }: KafkaPublisherOptions, topic: string): Promise<Producer> {
  const kafka = connectKafka(brokers, log);
  await ensureTopic(kafka, { topic });
  const producer = kafka.producer({
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: keyPartitioner,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
  await producer.connect();
  return producer;
}

async function send(producer: Producer, topic: string, events: readonly AnnouncedEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += EVENTS_PER_SEND_MAX) {
    const messages = events
      .slice(from, from + EVENTS_PER_SEND_MAX)
      .map((event) => ({ key: event.portfolioId, value: encodeEvent(event) }));
    await producer.send({ topic, acks: -1, timeout: 3_000, messages });
  }
}

async function disconnect(connecting: Promise<Producer>): Promise<void> {
  const goodbye = connecting.then((producer) => producer.disconnect());
  await within(goodbye, CLOSE_WITHIN_MS, "disconnecting").catch(() => {});
}
