/*
 * Makes a Kafka broker answer with errors: in a response that passes, the error code is overwritten. What the broker
 * did, it did, so an error of Produce leaves the records there, as a lost answer would.
 *
 * Source: Kafka protocol guide. The layouts are those of the versions before "flexible" ones, which kafkajs speaks.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Inspector } from "./fault-proxy.ts";

/** An error that a broker may answer with, and to which request. */
export interface KafkaError {
  readonly request: KafkaRequest;
  readonly code: number;
  readonly name: string;
}

export type KafkaRequest = keyof typeof REQUESTS;

/** Every error that is put into answers: those that clients are known to stumble over. */
export const KAFKA_ERRORS: readonly KafkaError[] = [
  ...errors(["produce", "fetch", "listOffsets"], 6, "NOT_LEADER_OR_FOLLOWER"),
  ...errors(["produce"], 7, "REQUEST_TIMED_OUT"),
  ...errors(["produce"], 19, "NOT_ENOUGH_REPLICAS"),
  ...errors(["fetch"], 1, "OFFSET_OUT_OF_RANGE"),
  ...errors(["fetch"], 3, "UNKNOWN_TOPIC_OR_PARTITION"),
  ...errors(["heartbeat", "syncGroup", "offsetCommit"], 27, "REBALANCE_IN_PROGRESS"),
  ...errors(["heartbeat", "syncGroup", "offsetCommit", "joinGroup"], 25, "UNKNOWN_MEMBER_ID"),
  ...errors(["heartbeat", "offsetCommit"], 22, "ILLEGAL_GENERATION"),
  ...errors(["findCoordinator", "offsetFetch", "offsetCommit"], 15, "COORDINATOR_NOT_AVAILABLE"),
  ...errors(["heartbeat", "offsetFetch", "offsetCommit", "joinGroup"], 16, "NOT_COORDINATOR"),
  ...errors(["offsetFetch", "joinGroup"], 14, "COORDINATOR_LOAD_IN_PROGRESS"),
];

/** The answers that are to be spoiled, and how many were. */
export class KafkaSaboteur {
  #armed: { readonly error: KafkaError; left: number; readonly onLast: () => void } | undefined;
  /** How often each request has been answered. */
  readonly answered = new Map<KafkaRequest, number>();

  /** Spoils the next `count` answers to a request. Resolves with how many it was within `withinMs`. */
  async spoil(wanted: KafkaError, count: number, withinMs: number): Promise<number> {
    const isDone = new AbortController();
    const armed = { error: wanted, left: count, onLast: () => isDone.abort() };
    this.#armed = armed;
    await delay(withinMs, undefined, { signal: isDone.signal }).catch(() => {});
    if (this.#armed === armed) this.#armed = undefined;
    return count - armed.left;
  }

  /** Looks at an answer and spoils it if it is one that was asked for. */
  look(request: KafkaRequest, version: number, body: Buffer): void {
    this.answered.set(request, (this.answered.get(request) ?? 0) + 1);
    const armed = this.#armed;
    if (armed === undefined || armed.error.request !== request) return;
    const at = REQUESTS[request].errorAt(version, body);
    if (at === undefined || at + 2 > body.length || body.readInt16BE(at) !== 0) return;
    body.writeInt16BE(armed.error.code, at);
    armed.left -= 1;
    if (armed.left > 0) return;
    this.#armed = undefined;
    armed.onLast();
  }
}

/** Reads along one connection to a broker; whole responses are passed on. */
export function inspectKafka(saboteur: KafkaSaboteur): Inspector {
  const pending: { readonly request: KafkaRequest | undefined; readonly version: number }[] = [];
  const requests = frameReader();
  const responses = frameReader();
  return {
    fromClient(chunk) {
      for (const frame of requests(chunk)) {
        pending.push({ request: nameOf(frame.readInt16BE(SIZE)), version: frame.readInt16BE(SIZE + 2) });
      }
      return chunk;
    },
    fromServer(chunk) {
      const frames = responses(chunk);
      for (const frame of frames) {
        // Answered in the order of the requests.
        const asked = pending.shift();
        if (asked?.request === undefined) continue;
        saboteur.look(asked.request, asked.version, frame.subarray(SIZE + CORRELATION_ID));
      }
      return frames.length === 0 ? undefined : Buffer.concat(frames);
    },
  };
}

const SIZE = 4;
const CORRELATION_ID = 4;
const THROTTLE = 4;

type ErrorAt = (version: number, body: Buffer) => number | undefined;

/** In the first partition of the first topic, after what comes before the topics. */
const inPartition =
  (before: (version: number) => number): ErrorAt =>
  (version, body) => {
    const topics = before(version);
    if (body.length < topics + 6 || body.readInt32BE(topics) < 1) return undefined;
    const partitions = topics + 4 + 2 + body.readInt16BE(topics + 4);
    if (body.length < partitions + 10 || body.readInt32BE(partitions) < 1) return undefined;
    return partitions + 4 + 4;
  };
const afterThrottleFrom =
  (first: number): ErrorAt =>
  (version) =>
    version >= first ? THROTTLE : 0;

const REQUESTS = {
  produce: { key: 0, errorAt: inPartition(() => 0) },
  fetch: { key: 1, errorAt: inPartition((version) => (version >= 7 ? THROTTLE + 2 + 4 : THROTTLE)) },
  listOffsets: { key: 2, errorAt: inPartition((version) => (version >= 2 ? THROTTLE : 0)) },
  offsetCommit: { key: 8, errorAt: inPartition((version) => (version >= 3 ? THROTTLE : 0)) },
  offsetFetch: {
    key: 9,
    errorAt: (version: number, body: Buffer) => (version >= 2 ? body.length - 2 : undefined),
  },
  findCoordinator: { key: 10, errorAt: afterThrottleFrom(1) },
  joinGroup: { key: 11, errorAt: afterThrottleFrom(2) },
  heartbeat: { key: 12, errorAt: afterThrottleFrom(1) },
  syncGroup: { key: 14, errorAt: afterThrottleFrom(1) },
} as const satisfies Record<string, { readonly key: number; readonly errorAt: ErrorAt }>;

function nameOf(key: number): KafkaRequest | undefined {
  return (Object.keys(REQUESTS) as KafkaRequest[]).find((name) => REQUESTS[name].key === key);
}

function errors(requests: readonly KafkaRequest[], code: number, name: string): KafkaError[] {
  return requests.map((request) => ({ request, code, name }));
}

/** Cuts a stream into whole frames: a size, and as many bytes. */
function frameReader(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    let buffer = Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    while (buffer.length >= SIZE && buffer.length >= SIZE + buffer.readInt32BE(0)) {
      const end = SIZE + buffer.readInt32BE(0);
      frames.push(buffer.subarray(0, end));
      buffer = buffer.subarray(end);
    }
    rest = buffer;
    return frames;
  };
}
