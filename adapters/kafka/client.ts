import { Kafka, logLevel, type KafkaConfig, type LogEntry } from "kafkajs";
import type { Logger } from "../ports.ts";
import { mendIdleTimer } from "./idle-timer.ts";

mendIdleTimer();

/**
 * A kafkajs client for the brokers in a comma-separated list or an array; connects to nothing yet.
 * What kafkajs logs goes to `log`: its errors as warnings, since every one of them is either retried or comes back to
 * us as an exception. `onTopicGone` is called when a broker answers that it has no such topic: kafkajs keeps that to
 * itself, and goes on reading where it was as soon as there is a topic of that name again.
 *
 * Errors: throws when the list names no broker.
 */
export function connectKafka(
  brokers: string | readonly string[],
  log: Logger,
  onTopicGone: () => void = () => {},
): Kafka {
  const list = (typeof brokers === "string" ? brokers.split(",") : [...brokers])
    .map((broker) => broker.trim())
    .filter((broker) => broker !== "");
  if (list.length === 0)
    throw new Error("KAFKA_BROKERS names no broker: expected host:port, separated by commas");
  const config: KafkaConfig = {
    clientId: "lotwise",
    brokers: list,
    connectionTimeout: 3_000,
    requestTimeout: 3_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 2 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => pass(entry, log, onTopicGone),
  };
  return new Kafka(config);
}

// These come by the dozen while a broker is away; who called hears of it by an exception and logs that once.
const EXPECTED = /^Failed to connect|Connection error|Connection timeout|Failed to find group coordinator/;

/** kafkajs' words for UNKNOWN_TOPIC_OR_PARTITION. */
const TOPIC_GONE = "This server does not host this topic-partition";

function pass({ namespace, level, log: entry }: LogEntry, log: Logger, onTopicGone: () => void): void {
  const { message, error } = entry as { message: string; error?: unknown };
  if (error === TOPIC_GONE) onTopicGone();
  if (level > logLevel.WARN || EXPECTED.test(message)) return;
  const reason = typeof error === "string" ? error : undefined;
  log.warn({ kafkajs: namespace, ...(reason === undefined ? {} : { reason }) }, message);
}

/** A promise that rejects when `work` takes longer than `withinMs`; `work` itself goes on unheeded. */
export function within<T>(work: Promise<T>, withinMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${withinMs} ms`)), withinMs);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
