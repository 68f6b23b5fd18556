import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import { setTimeout as delay } from "node:timers/promises";
import type { Admin, Kafka } from "kafkajs";

export type TopicOptions = {
  readonly topic?: string;
  /** Default 12: more consumers than that in one group would sit idle. */
  readonly partitions?: number;
  /** Default: 3, or as many as there are brokers if fewer. */
  readonly replicas?: number;
};

const PARTITIONS_NORMAL = 12;
const REPLICAS_NORMAL = 3;
const RETENTION_MS = 24 * 60 * 60 * 1000; // a doorbell nobody answered for a day is rung again by the sweeper

/**
 * Makes sure that the topic exists. One that exists is left as it is, however many partitions it has: order does not
 * depend on their number.
 *
 * Errors: rejects when no broker can be reached or the broker refuses.
 */
export async function ensureTopic(kafka: Kafka, options: TopicOptions = {}): Promise<void> {
  const { topic = TRANSACTION_RECORDED_TOPIC, partitions = PARTITIONS_NORMAL } = options;
  const admin = kafka.admin();
  try {
    await admin.connect();
    if ((await admin.listTopics()).includes(topic)) {
      await untilReady(admin, topic);
      return;
    }
    const { brokers } = await admin.describeCluster();
    const replicas = options.replicas ?? Math.min(REPLICAS_NORMAL, brokers.length);
    const settings = {
      "retention.ms": String(RETENTION_MS),
      "min.insync.replicas": String(Math.max(1, replicas - 1)),
    };
    // Resolves false when somebody else made it in the meantime.
    await admin.createTopics({
      topics: [
        {
          topic,
          numPartitions: partitions,
          replicationFactor: replicas,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
      // The client's own wait gives up when the broker it asks has not heard of the topic yet.
      waitForLeaders: false,
      timeout: 5_000,
    });
    await untilReady(admin, topic);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

const READY_WITHIN_MS = 10_000;
const BETWEEN_LOOKS_MS = 50;

/** Waits until every partition of a topic has a leader; until then reading and writing fail. */
async function untilReady(admin: Admin, topic: string): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
    if (Date.now() > giveUpAt) throw new Error(`topic ${topic} has partitions without a leader`);
    await delay(BETWEEN_LOOKS_MS);
  }
}
