import type { EachBatchPayload, KafkaMessage } from "kafkajs";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnnouncedEvent, EventHandler, Gate, Logger } from "../ports.ts";
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
  readonly onUndecodable: (record: UndecodableRecord) => Promise<unknown>;
  readonly batchSizeMax: number;
  readonly retryDelayMaxMs: number;
  /** Closed: what has been fetched is left, uncommitted, to be fetched again. */
  readonly gate: Gate;
  readonly stopped: AbortSignal;
  readonly log: Logger;
};

const RETRY_DELAY_MIN_MS = 100;
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Takes one fetched batch of one partition through the handler, slice by slice, committing after each.
 *
 * Errors: only kafkajs' own (a rebalance, a broker gone) come out of it, as kafkajs needs to see them. What is left of
 * the batch then, or at a stop or a pause, was not committed and comes again.
 */
export async function processBatch(payload: EachBatchPayload, rules: BatchRules): Promise<void> {
  const { messages } = payload.batch;
  for (let from = 0; from < messages.length; from += rules.batchSizeMax) {
    if (isOver(payload, rules)) return;
    const slice = messages.slice(from, from + rules.batchSizeMax);
    const processing = rules.gate.pass(() => processSlice(slice, payload, rules));
    if (processing === undefined) {
      // Or it would be fetched again at once, and so on. Whoever opens the gate resumes the topic.
      payload.pause();
      return;
    }
    if (!(await processing)) return;
    await payload.heartbeat();
  }
}

/** False when the slice was given up because of a stop, a pause or a lost partition. */
async function processSlice(
  slice: readonly KafkaMessage[],
  payload: EachBatchPayload,
  rules: BatchRules,
): Promise<boolean> {
  const { batch, resolveOffset, commitOffsetsIfNecessary } = payload;
  let heartFailure: Error | undefined;
  const done = await withHeartbeats(
    payload,
    () => handleUntilDone(slice, payload, rules),
    (error) => {
      heartFailure ??= error;
    },
  );
  const last = slice.at(-1);
  if (done && last !== undefined) {
    resolveOffset(last.offset);
    const partitions = [{ partition: batch.partition, offset: String(BigInt(last.offset) + 1n) }];
    // The work is done: commit it even when a rebalance has been announced, and only then let kafkajs rejoin.
    await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
  }
  if (heartFailure !== undefined) throw heartFailure;
  return done;
}

/**
 * False when the batch was given up because of a stop, a pause or a lost partition.
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
      if (rules.stopped.aborted) return false;
      const delayMs = Math.min(RETRY_DELAY_MIN_MS * 2 ** Math.min(attempt - 1, 20), rules.retryDelayMaxMs);
      rules.log.warn(
        { attempt, delayMs, events: messages.length, err: error },
        "a batch failed and will come again",
      );
      await sleep(delayMs, undefined, { signal: rules.stopped }).catch(() => {});
    }
    if (isOver(payload, rules) || !rules.gate.isOpen) return false;
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
