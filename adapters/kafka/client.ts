import { Kafka, logLevel, type KafkaConfig, type LogEntry } from "kafkajs";
import type { Logger } from "../ports.ts";
import { mendIdleTimer } from "./idle-timer.ts";

mendIdleTimer();

/**
 * A kafkajs client for the brokers in a comma-separated list or an array; connects to nothing yet.
 * What kafkajs logs goes to `log`: its errors as warnings, since every one of them is either retried or comes back to
 * us as an exception.
 *
 * Errors: throws when the list names no broker.
 */
export function connectKafka(brokers: string | readonly string[], log: Logger): Kafka {
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
    logCreator: () => (entry) => pass(entry, log),
  };
  return new Kafka(config);
}

// These come by the dozen while a broker is away; who called hears of it by an exception and logs that once.
const EXPECTED = /^Failed to connect|Connection error|Connection timeout|Failed to find group coordinator/;

function pass({ namespace, level, log: entry }: LogEntry, log: Logger): void {
  const { message, error } = entry as { message: string; error?: unknown };
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
