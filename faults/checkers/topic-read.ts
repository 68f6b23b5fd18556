import { setTimeout as delay } from "node:timers/promises";
import { MATCHERS_GROUP } from "#adapters/compose.ts";
import { connectKafka, within } from "#adapters/kafka/client.ts";
import { silentLogger as log } from "#adapters/ports.ts";
import { TRANSACTION_RECORDED_TOPIC as topic } from "#contracts/events.ts";

/** A group that lost a member waits for it for ten seconds, and then divides the partitions anew. */
const READ_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 500;

/**
 * Resolves when the matchers have read the topic to its end: the way through Kafka is open again, and it is not the
 * sweeper alone that keeps everybody up to date. Errors: rejects, naming the partitions that are not read.
 */
export async function untilTopicIsRead(brokers: string): Promise<void> {
  const deadline = performance.now() + READ_WITHIN_MS;
  for (;;) {
    const unread = await within(readLags(brokers), READ_WITHIN_MS, "asking for offsets").catch(
      (error: unknown) => String(error),
    );
    if (typeof unread !== "string" && unread.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`the matchers have not read the topic to its end: ${JSON.stringify(unread)}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Partitions that are not read to their end. */
async function readLags(brokers: string) {
  const admin = connectKafka(brokers, log).admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    const [group] = await admin.fetchOffsets({ groupId: MATCHERS_GROUP, topics: [topic] });
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends
      .map(({ partition, offset }) => ({
        partition,
        end: Number(offset),
        read: committed.get(partition) ?? -1,
      }))
      .filter(({ end, read }) => end > Math.max(0, read));
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
