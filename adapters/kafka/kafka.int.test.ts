import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import { startKafka } from "#adapters/embedded/kafka-server.ts";
import { silentLogger, type EventConsumer, type Gate } from "#adapters/ports.ts";
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

  test("batches of many partitions share a call of the handler", async () => {
    const { topic, groupId } = names();
    const publisher = kafkaPublisher({ brokers, log, topic });
    const events = eventsOf({ portfolios: 60, each: 5 });
    await publisher.publish(events);
    const seen = recorder();
    let calls = 0;
    await withConsumer(consumerOf(brokers, { topic, groupId }), async (consumer) => {
      await consumer.start((batch) => {
        calls += 1;
        return seen.handler(batch);
      });
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
    });
    // 12 partitions, of which the first fetches may bring a few.
    expect(calls).toBeLessThan(6);
    await publisher.close();
  });

  // The next two wait out a session side by side.
  test.concurrent(
    "stays in the group while it is paused, hands nothing over, and goes on where it was",
    async () => {
      const { topic, groupId } = names();
      const publisher = kafkaPublisher({ brokers, log, topic });
      const seen = recorder();
      const gate = new SwitchedGate();
      await withConsumer(consumerOf(brokers, { topic, groupId, gate }), async (consumer) => {
        await consumer.start(seen.handler);
        const before = eventsOf({ portfolios: 12, each: 1 });
        await publisher.publish(before);
        await vi.waitFor(() => expect(seen.missing(before)).toEqual([]), WITHIN);
        const members = await membersOf(brokers, groupId);
        gate.switch(false);
        const during = eventsOf({ portfolios: 12, each: 3, from: 2 });
        await publisher.publish(during);
        // Longer than the session of 10 s, on purpose: it is the heartbeats that are tested.
        await new Promise((resolve) => setTimeout(resolve, 12_000));
        // Events of before may come once more; none of those that came while it was paused.
        expect(seen.missing(during)).toHaveLength(during.length);
        expect(members).toHaveLength(1);
        expect(await membersOf(brokers, groupId)).toEqual(members);
        gate.switch(true);
        await vi.waitFor(() => expect(seen.missing(during)).toEqual([]), WITHIN);
      });
      await publisher.close();
    },
  );

  test.concurrent("keeps its partitions through a batch that takes longer than the session", async () => {
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

  test("leaves what it has fetched when it is paused meanwhile, and stops in time while it is paused", async () => {
    const { topic, groupId } = names();
    const publisher = kafkaPublisher({ brokers, log, topic });
    const events = eventsOf({ portfolios: 1, each: 100 });
    await publisher.publish(events);
    const seen = recorder();
    const gate = new SwitchedGate();
    const consumer = consumerOf(brokers, { topic, groupId, gate, batchSizeMax: 10 });
    await withConsumer(consumer, async () => {
      await consumer.start(async (batch) => {
        gate.switch(false);
        await seen.handler(batch);
      });
      await expect.poll(() => gate.inHand === 0 && seen.events.length, WITHIN).toBe(10);
      const began = performance.now();
      await consumer.stop();
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(seen.events).toHaveLength(10);
    });
    await withConsumer(consumerOf(brokers, { topic, groupId }), async (next) => {
      await next.start(seen.handler);
      await vi.waitFor(() => expect(seen.missing(events)).toEqual([]), WITHIN);
    });
    // What was handled before the pause had been committed.
    expect(seen.events[10]?.sequence).toBe(11);
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

/** A gate that a test opens and closes. */
class SwitchedGate implements Gate {
  isOpen = true;
  inHand = 0;
  readonly #listeners = new Set<() => void>();

  switch(isOpen: boolean): void {
    this.isOpen = isOpen;
    for (const listener of this.#listeners) listener();
  }

  pass<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (!this.isOpen) return undefined;
    this.inHand += 1;
    return work().finally(() => {
      this.inHand -= 1;
    });
  }

  opened(): Promise<void> {
    return Promise.resolve();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** The ids under which the group knows its members: a new one for each who joins. */
async function membersOf(brokers: string, groupId: string): Promise<string[]> {
  const admin = connectKafka(brokers, log).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([groupId]);
  await admin.disconnect();
  return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
}

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
