import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { startKafka } from "#adapters/embedded/kafka-server.ts";
import { silentLogger, type EventConsumer } from "#adapters/ports.ts";
import { eventConsumerContract, eventsOf, recorder } from "#testing/event-log-contract.ts";
import { describeWithKafka, kafkaLibsDir, temporaryDir } from "#testing/services-for-tests.ts";
import type { UndecodableRecord } from "./batch.ts";
import { connectKafka } from "./client.ts";
import { kafkaConsumer, type KafkaConsumerOptions } from "./consumer.ts";
import { kafkaPublisher } from "./publisher.ts";
import { ensureTopic } from "./topic.ts";

const WITHIN = { timeout: 40_000, interval: 20 };
const log = silentLogger;
const kafkaDir = await temporaryDir("kafka-outage");

await describeWithKafka("Kafka", ({ brokers }) => {
  eventConsumerContract({
    name: "Kafka",
    async create() {
      const { topic, groupId } = names();
      const publisher = kafkaPublisher({ brokers, log, topic });
      return {
        announce: (events) => publisher.publish(events),
        consumer: () => kafkaConsumer({ brokers, groupId, topic, log, batchSizeMax: 40 }),
        dispose: () => publisher.close(),
      };
    },
  });

  test("makes the topic once, with 12 partitions", async () => {
    const { topic } = names();
    const kafka = connectKafka(brokers, log);
    await Promise.all([ensureTopic(kafka, { topic }), ensureTopic(kafka, { topic })]);
    await ensureTopic(kafka, { topic, partitions: 24 });
    const admin = kafka.admin();
    await admin.connect();
    // Asked for what the topic is, not for its offsets: those only a leader knows, and one of the callers above did not
    // wait for leaders because the other one made the topic.
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    expect(topics.map(({ partitions }) => partitions.length)).toEqual([12]);
  });

  test("passes over records that are no event of ours, and reports each once", async () => {
    const { topic, groupId } = names();
    await ensureTopic(connectKafka(brokers, log), { topic });
    const good = eventsOf({ portfolios: 1, each: 2 });
    const garbage: (string | null)[] = [
      null,
      "",
      "not json",
      "[]",
      "null",
      '{"v":2,"portfolioId":"p-1","sequence":9}',
      '{"v":1,"portfolioId":"p-1","sequence":-1}',
      '{"v":1,"portfolioId":"p-1","sequence":"1"}',
      '{"v":1,"sequence":1}',
    ];
    const publisher = kafkaPublisher({ brokers, log, topic });
    await publisher.publish(good.slice(0, 1));
    await sendRaw(brokers, topic, garbage);
    await publisher.publish(good.slice(1));
    const reported: UndecodableRecord[] = [];
    const seen = recorder();
    const refused: unknown[] = [];
    await withConsumer(
      consumerOf(brokers, { topic, groupId, onUndecodable: (record) => void reported.push(record) }),
      async (consumer) => {
        await consumer.start(async (events) => {
          if (refused.push(events) === 1) throw new Error("the first try fails");
          await seen.handler(events);
        });
        await vi.waitFor(() => expect(seen.missing(good)).toEqual([]), WITHIN);
      },
    );
    expect(reported).toHaveLength(garbage.length);
    expect(reported.map(({ reason }) => reason)).toContain("version 2");
    await publisher.close();
  });

  test("gives its partitions to the others when a consumer's process is killed", async () => {
    const { topic, groupId } = names();
    const publisher = kafkaPublisher({ brokers, log, topic });
    const before = eventsOf({ portfolios: 12, each: 2 });
    await publisher.publish(before);
    const victim = spawn(process.execPath, ["--input-type=module", "-e", VICTIM, brokers, topic, groupId], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => victim.stdout.once("data", resolve));
    const seen = recorder();
    await withConsumer(consumerOf(brokers, { topic, groupId }), async (consumer) => {
      await consumer.start(seen.handler);
      victim.kill("SIGKILL");
      const after = eventsOf({ portfolios: 12, each: 2, from: 3 });
      await publisher.publish(after);
      // The group waits out the victim's session of 10 s before it shares its partitions out.
      await vi.waitFor(() => expect(seen.missing([...before, ...after])).toEqual([]), WITHIN);
    });
    await publisher.close();
  });

  test("keeps its partitions through a batch that takes longer than the session", async () => {
    const { topic, groupId } = names();
    const publisher = kafkaPublisher({ brokers, log, topic });
    const seen = recorder();
    let calls = 0;
    await withConsumer(consumerOf(brokers, { topic, groupId }), async (consumer) => {
      await consumer.start(async (events) => {
        calls += 1;
        // Longer than the session of 10 s, on purpose: the time that passes is what is tested.
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        await seen.handler(events);
      });
      await publisher.publish([{ portfolioId: "p-1", sequence: 1 }]);
      await vi.waitFor(() => expect(seen.events).toHaveLength(1), WITHIN);
    });
    expect(calls).toBe(1);
    await publisher.close();
  });

  test("waits for a broker that is down, and goes on after it was killed and lost nothing", async () => {
    const { topic, groupId } = names();
    const start = (port: number) => startKafka({ dir: kafkaDir, libsDir: kafkaLibsDir, log, port });
    const first = await start(0);
    await first.stop();
    const publisher = kafkaPublisher({ brokers: first.brokers, log, topic });
    const events = eventsOf({ portfolios: 6, each: 4 });
    const began = performance.now();
    await expect(publisher.publish(events.slice(0, 6))).rejects.toThrow(/Connection/);
    expect(performance.now() - began).toBeLessThan(15_000);

    const seen = recorder();
    await withConsumer(consumerOf(first.brokers, { topic, groupId }), async (consumer) => {
      await consumer.start(seen.handler);
      const second = await start(first.port);
      await publisher.publish(events.slice(0, 12));
      await vi.waitFor(() => expect(seen.missing(events.slice(0, 12))).toEqual([]), WITHIN);
      await second.kill9();
      await expect(publisher.publish(events.slice(12, 13))).rejects.toThrow(/Connection|longer than/);
      const third = await start(first.port);
      await publisher.publish(events.slice(12));
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
      await third.kill9();
    });
    await publisher.close();
  }, 120_000);
});

/** A process that takes part in the group, says so on stdout and never finishes its batch. */
const VICTIM = `
  import { kafkaConsumer } from ${JSON.stringify(new URL("./consumer.ts", import.meta.url).href)};
  const [brokers, topic, groupId] = process.argv.slice(1);
  const log = { info() {}, warn() {}, error() {} };
  const consumer = kafkaConsumer({ brokers, topic, groupId, log });
  await consumer.start(() => { console.log("working"); return new Promise(() => {}); });
`;

const names = () => ({ topic: `test-${randomUUID()}`, groupId: `group-${randomUUID()}` });

function consumerOf(brokers: string, options: Omit<KafkaConsumerOptions, "brokers" | "log">): EventConsumer {
  return kafkaConsumer({ brokers, log, ...options });
}

async function withConsumer(
  consumer: EventConsumer,
  work: (consumer: EventConsumer) => Promise<void>,
): Promise<void> {
  try {
    await work(consumer);
  } finally {
    await consumer.stop();
  }
}

async function sendRaw(brokers: string, topic: string, values: readonly (string | null)[]): Promise<void> {
  const producer = connectKafka(brokers, log).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: "p-1", value })) });
  await producer.disconnect();
}
