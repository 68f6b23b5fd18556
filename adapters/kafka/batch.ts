import type { EachBatchPayload, KafkaMessage } from "kafkajs";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnnouncedEvent, EventHandler, Logger } from "../ports.ts";
import { decodeEvent } from "./record.ts";

/** A record that is no announced event of our version, as it lies in Kafka. */
export type UndecodableRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In words: "not JSON", "version 2". */
  readonly reason: string;
};

export type BatchRules = {
  readonly handler: EventHandler;
  readonly onUndecodable: (record: UndecodableRecord) => Promise<void>;
  readonly batchSizeMax: number;
  readonly retryDelayMaxMs: number;
  readonly stopped: AbortSignal;
  readonly log: Logger;
};

const RETRY_DELAY_MIN_MS = 100;
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Takes one fetched batch of one partition through the handler, slice by slice, committing after each.
 *
 * Errors: only kafkajs' own (a rebalance, a broker gone) come out of it, as kafkajs needs to see them. What is left of
 * the batch then, or at a stop, was not committed and comes again.
 */
export async function processBatch(payload: EachBatchPayload, rules: BatchRules): Promise<void> {
  const { batch, resolveOffset, commitOffsetsIfNecessary } = payload;
  for (let from = 0; from < batch.messages.length; from += rules.batchSizeMax) {
    const slice = batch.messages.slice(from, from + rules.batchSizeMax);
    const lastMessage = slice.at(-1);
    if (lastMessage === undefined || isOver(payload, rules)) return;
    let heartFailure: Error | undefined;
    const done = await withHeartbeats(
      payload,
      () => handleUntilDone(slice, payload, rules),
      (error) => {
        heartFailure ??= error;
      },
    );
    if (!done) {
      if (heartFailure !== undefined) throw heartFailure;
      return;
    }
    resolveOffset(lastMessage.offset);
    const offset = String(BigInt(lastMessage.offset) + 1n);
    const partitions = [{ partition: batch.partition, offset }];
    // The work is done: commit it even when a rebalance has been announced, and only then let kafkajs rejoin.
    await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
    if (heartFailure !== undefined) throw heartFailure;
    await payload.heartbeat();
  }
}

/**
 * False when the batch was given up because of a stop or a lost partition.
 * Errors: kafkajs' own, from the heartbeat between two attempts, which is the moment to follow a rebalance.
 */
async function handleUntilDone(
  messages: readonly KafkaMessage[],
  payload: EachBatchPayload,
  rules: BatchRules,
): Promise<boolean> {
  let events: AnnouncedEvent[] | undefined;
  for (let attempt = 1; ; attempt += 1) {
    try {
      events ??= await decodeAll(messages, payload, rules);
      if (events.length > 0) await rules.handler(events);
      return true;
    } catch (error) {
      const delayMs = Math.min(RETRY_DELAY_MIN_MS * 2 ** Math.min(attempt - 1, 20), rules.retryDelayMaxMs);
      rules.log.warn(
        { attempt, delayMs, events: messages.length, err: error },
        "a batch failed and will come again",
      );
      await sleep(delayMs, undefined, { signal: rules.stopped }).catch(() => {});
    }
    if (isOver(payload, rules)) return false;
    await payload.heartbeat();
  }
}

async function decodeAll(
  messages: readonly KafkaMessage[],
  { batch }: EachBatchPayload,
  rules: BatchRules,
): Promise<AnnouncedEvent[]> {
  const events: AnnouncedEvent[] = [];
  for (const { key, value, offset } of messages) {
    const decoded = decodeEvent(value);
    if (!("reason" in decoded)) {
      events.push(decoded);
      continue;
    }
    const { topic, partition } = batch;
    rules.log.warn(
      { topic, partition, offset, reason: decoded.reason },
      "passed over a record that is no event",
    );
    await rules.onUndecodable({ topic, partition, offset, key, value, reason: decoded.reason });
  }
  return events;
}

// kafkajs beats the heart only when asked to, and forgets no member that does; a handler that takes longer than the
// session (10 s) would lose its partition.
async function withHeartbeats<T>(
  payload: EachBatchPayload,
  work: () => Promise<T>,
  onFailure: (error: Error) => void,
): Promise<T> {
  const beating = setInterval(() => void payload.heartbeat().catch(onFailure), HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(beating);
  }
}

function isOver(payload: EachBatchPayload, rules: BatchRules): boolean {
  return rules.stopped.aborted || !payload.isRunning() || payload.isStale();
}
