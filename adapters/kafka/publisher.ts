import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import { Partitioners, type Producer } from "kafkajs";
import type { AnnouncedEvent, Logger } from "../ports.ts";
import { connectKafka, within } from "./client.ts";
import { encodeEvent } from "./record.ts";
import { ensureTopic } from "./topic.ts";

export type KafkaPublisher = {
  /**
   * Resolves when every in-sync replica has the events. Calls run one after the other.
   *
   * Errors: rejects when Kafka is away or refuses; some of the events may have arrived all the same. Publish all of
   * them again: doubles are harmless.
   */
  publish(events: readonly AnnouncedEvent[]): Promise<void>;
  close(): Promise<void>;
};

export type KafkaPublisherOptions = {
  /** host:port each; a text separates them by commas. */
  readonly brokers: string | readonly string[];
  readonly log: Logger;
  readonly topic?: string;
};

// Some 150 bytes each: well below the broker's limit of 1 MiB a batch.
const EVENTS_PER_SEND_MAX = 2_000;
const SEND_WITHIN_MS = 15_000;
const CLOSE_WITHIN_MS = 3_000;

/**
 * Publishes announced events, keyed by portfolio so that one portfolio's stay in order.
 *
 * Neither idempotence nor transactions: doubles do no harm, and those protocols are where kafkajs has lost writes.
 * After any error the producer is thrown away and the next call connects anew, so no broken state outlives a call.
 */
export function kafkaPublisher({
  brokers,
  log,
  topic = TRANSACTION_RECORDED_TOPIC,
}: KafkaPublisherOptions): KafkaPublisher {
  let producer: Producer | undefined;
  let last: Promise<void> = Promise.resolve();

  const connected = async (): Promise<Producer> => {
    if (producer !== undefined) return producer;
    const kafka = connectKafka(brokers, log);
    await ensureTopic(kafka, { topic });
    const fresh = kafka.producer({
      idempotent: false,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    });
    await fresh.connect();
    producer = fresh;
    return fresh;
  };

  const send = async (events: readonly AnnouncedEvent[]): Promise<void> => {
    for (let from = 0; from < events.length; from += EVENTS_PER_SEND_MAX) {
      const slice = events.slice(from, from + EVENTS_PER_SEND_MAX);
      const messages = slice.map((event) => ({ key: event.portfolioId, value: encodeEvent(event) }));
      await (await connected()).send({ topic, acks: -1, timeout: 3_000, messages });
    }
  };

  const drop = async () => {
    const dropped = producer;
    producer = undefined;
    if (dropped) await within(dropped.disconnect(), CLOSE_WITHIN_MS, "disconnecting").catch(() => {});
  };

  const publisher: KafkaPublisher = {
    publish(events) {
      if (events.length === 0) return Promise.resolve();
      const result = last.then(async () => {
        try {
          await within(send(events), SEND_WITHIN_MS, "publishing to Kafka");
        } catch (error) {
          void drop();
          throw error;
        }
      });
      last = result.catch(() => {});
      return result;
    },
    async close() {
      await last;
      await drop();
    },
  };
  return publisher;
}
