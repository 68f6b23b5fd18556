/**
 * Announced events from Kafka, with the delivery promise of `EventConsumer`: at least once, in order per portfolio,
 * nothing skipped.
 *
 * kafkajs is kept on a short leash, since each of its own ways out of trouble has been seen to end in silence:
 * - a TypeError from the handler would stop it for ever: here nothing the handler throws reaches it; a failed batch is
 *   tried again in place, with heartbeats, so that the group keeps the partition with us;
 * - its own restart after a crash can revive a consumer that was stopped: we turn it off and build a new one;
 * - it can stop fetching without a word: a watchdog rebuilds it;
 * - it keeps its positions when the topic is deleted and made anew: the first word of that rebuilds it, too.
 * One fetch brings a batch of each partition; they share calls of the handler. While the gate is closed the topic is
 * paused: nothing is fetched, heartbeats go on, and so the group leaves the partitions where they are.
 * Offsets are committed by us after the handler is done with a batch. They only save work: re-reading is harmless.
 */
import { TRANSACTION_RECORDED_TOPIC } from "#contracts/events.ts";
import type { Consumer, EachBatchPayload } from "kafkajs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  openGate,
  type AnnouncedEvent,
  type EventConsumer,
  type EventHandler,
  type Gate,
  type Logger,
} from "../ports.ts";
import { processBatch, type BatchRules, type UndecodableRecord } from "./batch.ts";
import { connectKafka, within } from "./client.ts";
import { isFatal } from "./fatal-errors.ts";
import { joinedHandler } from "./joined-handler.ts";
import { ensureTopic } from "./topic.ts";

export type KafkaConsumerOptions = {
  /** host:port each; a text separates them by commas. */
  readonly brokers: string | readonly string[];
  readonly groupId: string;
  readonly log: Logger;
  readonly topic?: string;
  /** Default: always open. */
  readonly gate?: Gate;
  /** Events per call of the handler. Default 500. */
  readonly batchSizeMax?: number;
  /** How long a failed batch waits before it comes again: doubling from 100 ms up to this. Default 5000. */
  readonly retryDelayMaxMs?: number;
  /** Told of records that are no event of ours; they are passed over once it has resolved. */
  readonly onUndecodable?: (record: UndecodableRecord) => unknown;
  /** Told when the consumer has given up, which only an error that no retry can cure makes it do. Exit then. */
  readonly onFatal?: (error: Error) => void;
};

const BYTES_PER_PARTITION_MAX = 64 * 1024; // short batches are the cure for rebalance loops under a backlog
const PARTITIONS_AT_ONCE = 64; // all that one member may ever hold: their batches are waiting in memory anyway
/** A topic that was given more partitions is read in full after this long. The sweeper sees to its news until then. */
const METADATA_AGE_MAX_MS = 10_000;
const SILENCE_MAX_MS = 30_000;
/** A handler that is at it for longer hangs, however well the heart beats meanwhile. */
const FETCHLESS_MAX_MS = 180_000;
/** How long goodbyes to a broker that does not answer may take, when nothing is in hand any more. */
const GOODBYE_WITHIN_MS = 2_500;

/** A consumer that is one member of the group `groupId`; see the top of the file. */
export function kafkaConsumer(options: KafkaConsumerOptions): EventConsumer {
  const { log, batchSizeMax = 500, retryDelayMaxMs = 5_000, gate = openGate } = options;
  const stopping = new AbortController();
  let supervision: Promise<void> | undefined;
  let inHand: Promise<unknown> = Promise.resolve();

  return {
    async start(handler) {
      if (supervision !== undefined) throw new Error("this consumer has been started already");
      const rules: BatchRules = {
        batchSizeMax,
        retryDelayMaxMs,
        log,
        gate,
        stopped: stopping.signal,
        handler: joinedHandler((events) => {
          if (stopping.signal.aborted) return Promise.reject(new Error("stopping"));
          const handling = safely(handler)(events);
          inHand = handling.catch(() => {});
          return handling;
        }, batchSizeMax),
        onUndecodable: async (record) => options.onUndecodable?.(record),
      };
      supervision = supervise(options, rules, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await inHand;
      // A broker that is away or hangs has nothing to say in this.
      if (supervision) await within(supervision, GOODBYE_WITHIN_MS, "leaving the group").catch(() => {});
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
    if (performance.now() - startedAt > SILENCE_MAX_MS) attempt = 1;
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
  let unfollow = () => {};
  const topicGone = new AbortController();
  try {
    await ensureTopic(connectKafka(brokers, log), { topic });
    consumer = connectKafka(brokers, log, () => topicGone.abort()).consumer({
      groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 1_000,
      maxBytesPerPartition: BYTES_PER_PARTITION_MAX,
      metadataMaxAge: METADATA_AGE_MAX_MS,
      maxWaitTimeInMs: 500, // how long a fetch without news lingers, and so how long a stop may take
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
    });
    const ended = endOf(consumer, { stopped, topicGone: topicGone.signal });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: (payload: EachBatchPayload) => processBatch(payload, rules),
    });
    unfollow = followGate(rules.gate, consumer, topic);
    return await ended;
  } catch (error) {
    return error as Error;
  } finally {
    unfollow();
    if (consumer !== undefined) {
      await within(consumer.disconnect(), GOODBYE_WITHIN_MS, "disconnecting").catch(() => {});
    }
  }
}

/** Pauses the topic whenever the gate closes. Returns how to end that. */
function followGate(gate: Gate, consumer: Consumer, topic: string): () => void {
  const follow = () => {
    try {
      if (gate.isOpen) consumer.resume([{ topic }]);
      else consumer.pause([{ topic }]);
    } catch {
      // It has crashed, and is about to be replaced by one that asks anew.
    }
  };
  follow();
  return gate.onChange(follow);
}

/**
 * Resolves when the consumer crashes, falls silent or has lost its topic (with the reason) or when a stop is asked for
 * (undefined). The positions of a consumer whose topic is made anew are those in the old one: it would pass over what
 * the new one holds up to there.
 */
function endOf(
  consumer: Consumer,
  { stopped, topicGone }: { stopped: AbortSignal; topicGone: AbortSignal },
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let fetchedAt = performance.now();
    let heardAt = fetchedAt;
    const hearFetch = () => {
      fetchedAt = heardAt = performance.now();
    };
    // A long batch fetches nothing but keeps the heart beating.
    const hearHeart = () => {
      heardAt = performance.now();
    };
    const watchdog = setInterval(() => {
      const now = performance.now();
      if (now - heardAt > SILENCE_MAX_MS) finish(new Error("no fetch and no heartbeat for 30 s"));
      if (now - fetchedAt > FETCHLESS_MAX_MS) finish(new Error("no fetch for 3 minutes"));
    }, 1_000);
    const finish = (failure: Error | undefined) => {
      clearInterval(watchdog);
      stopped.removeEventListener("abort", onStop);
      resolve(failure);
    };
    const onStop = () => finish(undefined);
    topicGone.addEventListener("abort", () => finish(new Error("the topic is gone")));
    stopped.addEventListener("abort", onStop);
    if (stopped.aborted) finish(undefined);
    consumer.on(consumer.events.FETCH, hearFetch);
    consumer.on(consumer.events.HEARTBEAT, hearHeart);
    consumer.on(consumer.events.CRASH, ({ payload }) => finish(payload.error));
  });
}

// A handler that throws before it returns its promise is no different from one that rejects.
function safely(handler: EventHandler): EventHandler {
  return async (events: readonly AnnouncedEvent[]) => handler(events);
}
