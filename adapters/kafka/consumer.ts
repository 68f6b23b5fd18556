/**
 * Announced events from Kafka, with the delivery promise of `EventConsumer`: at least once, in order per portfolio,
 * nothing skipped.
 *
 * kafkajs is kept on a short leash, since each of its own ways out of trouble has been seen to end in silence:
 * - a TypeError from the handler would stop it for ever: here nothing the handler throws reaches it; a failed batch is
 *   tried again in place, with heartbeats, so that the group keeps the partition with us;
 * - its own restart after a crash can revive a consumer that was stopped: we turn it off and build a new one;
 * - it can stop fetching without a word: a watchdog rebuilds it.
 * Offsets are committed by us after the handler is done with a batch. They only save work: re-reading is harmless.
 */
import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnnouncedEvent, EventConsumer, EventHandler, Logger } from "../ports.ts";
import { processBatch, type BatchRules, type UndecodableRecord } from "./batch.ts";
import { connectKafka, within } from "./client.ts";
import { isFatal } from "./fatal-errors.ts";
import { ensureTopic } from "./topic.ts";

export type KafkaConsumerOptions = {
  /** host:port each; a text separates them by commas. */
  readonly brokers: string | readonly string[];
  readonly groupId: string;
  readonly log: Logger;
  readonly topic?: string;
  /** Events per call of the handler. Default 500. */
  readonly batchSizeMax?: number;
  /** How long a failed batch waits before it comes again: doubling from 100 ms up to this. Default 5000. */
  readonly retryDelayMaxMs?: number;
  /** Told of records that are no event of ours; they are passed over once it has resolved. */
  readonly onUndecodable?: (record: UndecodableRecord) => void | Promise<void>;
  /** Told when the consumer has given up, which only an error that no retry can cure makes it do. Exit then. */
  readonly onFatal?: (error: Error) => void;
};

const BYTES_PER_PARTITION_MAX = 64 * 1024; // short batches are the cure for rebalance loops under a backlog
const WATCHDOG_MS = 30_000;
const STOP_WITHIN_MS = 15_000;

/** A consumer that is one member of the group `groupId`; see the top of the file. */
export function kafkaConsumer(options: KafkaConsumerOptions): EventConsumer {
  const { log, batchSizeMax = 500, retryDelayMaxMs = 5_000 } = options;
  const stopping = new AbortController();
  let supervision: Promise<void> | undefined;

  return {
    async start(handler) {
      if (supervision !== undefined) throw new Error("this consumer has been started already");
      const rules: BatchRules = {
        batchSizeMax,
        retryDelayMaxMs,
        log,
        stopped: stopping.signal,
        handler: safely(handler),
        onUndecodable: async (record) => options.onUndecodable?.(record),
      };
      supervision = supervise(options, rules, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await supervision;
    },
  };
}

/** Runs one kafkajs consumer after the other until told to stop or until an error that no retry can cure. */
async function supervise(
  options: KafkaConsumerOptions,
  rules: BatchRules,
  stopped: AbortSignal,
): Promise<void> {
  const { log, groupId } = options;
  for (let attempt = 1; !stopped.aborted; attempt += 1) {
    const startedAt = performance.now();
    const failure = await runOnce(options, rules, stopped);
    if (stopped.aborted || failure === undefined) return;
    if (isFatal(failure)) {
      log.error({ groupId, err: failure }, "the Kafka consumer has given up");
      options.onFatal?.(failure);
      return;
    }
    if (performance.now() - startedAt > WATCHDOG_MS) attempt = 1;
    // 1, 2, 4, 8, …: a long outage is not a long log.
    if ((attempt & (attempt - 1)) === 0) {
      log.warn({ groupId, attempt, reason: failure.message }, "the Kafka consumer is starting anew");
    }
    await sleep(Math.min(200 * attempt, 2_000), undefined, { signal: stopped }).catch(() => {});
  }
}

/** Resolves with undefined after an orderly stop, or with what ended the consumer. */
async function runOnce(options: KafkaConsumerOptions, rules: BatchRules, stopped: AbortSignal) {
  const { brokers, groupId, log, topic = TRANSACTION_RECORDED_TOPIC } = options;
  let consumer: Consumer | undefined;
  try {
    const kafka = connectKafka(brokers, log);
    await ensureTopic(kafka, { topic });
    consumer = kafka.consumer({
      groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 1_000,
      maxBytesPerPartition: BYTES_PER_PARTITION_MAX,
      maxWaitTimeInMs: 500, // how long a fetch without news lingers, and so how long a stop may take
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
    });
    const ended = endOf(consumer, stopped);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload: EachBatchPayload) => processBatch(payload, rules),
    });
    return await ended;
  } catch (error) {
    return error as Error;
  } finally {
    if (consumer !== undefined) {
      await within(consumer.disconnect(), STOP_WITHIN_MS, "disconnecting").catch(() => {});
    }
  }
}

/** Resolves when the consumer crashes or falls silent (with the reason) or when a stop is asked for (undefined). */
function endOf(consumer: Consumer, stopped: AbortSignal): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let newsAt = performance.now();
    const hearNews = () => {
      newsAt = performance.now();
    };
    const watchdog = setInterval(() => {
      if (performance.now() - newsAt > WATCHDOG_MS) finish(new Error("no fetch and no heartbeat for 30 s"));
    }, 1_000);
    const finish = (failure: Error | undefined) => {
      clearInterval(watchdog);
      stopped.removeEventListener("abort", onStop);
      resolve(failure);
    };
    const onStop = () => finish(undefined);
    stopped.addEventListener("abort", onStop);
    if (stopped.aborted) finish(undefined);
    consumer.on(consumer.events.FETCH, hearNews);
    consumer.on(consumer.events.HEARTBEAT, hearNews); // a long batch fetches nothing but keeps the heart beating
    consumer.on(consumer.events.CRASH, ({ payload }) => finish(payload.error));
  });
}

// A handler that throws before it returns its promise is no different from one that rejects.
function safely(handler: EventHandler): EventHandler {
  return async (events: readonly AnnouncedEvent[]) => handler(events);
}
